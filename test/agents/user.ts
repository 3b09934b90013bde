import { type ControlClient, connectControl } from '../../src-main/control/client.ts';
import { findRunning } from '../../src-main/control/run-file.ts';
import type { AgentId } from '../../src-shared/agents.ts';
import { nodeExecutable } from '../node-executable.mjs';
import { dragomanProgram, plainEnvironment } from '../programs/dragoman.ts';
import { startServe, type UpstreamEntry } from '../programs/serve.ts';
import type { AgentRun } from './agent.ts';
import { headless, makeUserHome, type UserHome } from './user-home.ts';

/** A user with the four agents installed and a service that runs. */
export interface User extends Pick<UserHome, 'project' | 'put' | 'read' | 'run' | 'outside'> {
  readonly control: ControlClient;
  /** Runs an agent headless by `dragoman run` with this model. */
  readonly dragomanRun: (agent: AgentId, model: string, prompt: string, args: readonly string[]) => Promise<AgentRun>;
  readonly stop: () => Promise<void>;
}

/** Starts the built service before these upstreams, and makes its user. */
export async function startUser(upstreams: readonly UpstreamEntry[]): Promise<User> {
  const home = await makeUserHome();
  const serve = await startServe({ upstreams }, { ...plainEnvironment(), ...home.environment, XDG_CONFIG_HOME: '' });
  const running = await findRunning(serve.home);
  if (running === null) throw new Error('no service runs');
  return {
    ...home,
    control: connectControl(running.url, running.token),
    dragomanRun(agent, model, prompt, args) {
      const run = ['run', agent, '--home', serve.home, '--model', model, '--', ...headless[agent](prompt, args)];
      return home.start(nodeExecutable(), [dragomanProgram, ...run], { DRAGOMAN_KEYCHAIN: 'off' });
    },
    async stop() {
      await serve.stop();
      await home.remove();
    },
  };
}
