import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type ControlClient, connectControl } from '../../src-main/control/client.ts';
import { findRunning } from '../../src-main/control/run-file.ts';
import type { AgentId } from '../../src-shared/agents.ts';
import { nodeExecutable } from '../node-executable.mjs';
import { dragomanProgram, plainEnvironment } from '../programs/dragoman.ts';
import { startServe, type UpstreamEntry } from '../programs/serve.ts';
import { executables } from '../tiers.mjs';
import { type AgentRun, runAgent } from './agent.ts';

type Environment = Readonly<Record<string, string>>;

/**
 * A user with the four agents installed and a service that runs. Nothing of the machine's own reaches either, and the way out is a proxy that
 * leads nowhere and remembers what was asked of it.
 */
export interface User {
  readonly control: ControlClient;
  /** Absolute path of the folder that agents work in. */
  readonly project: string;
  /** Writes a file below the user's own directory; returns its absolute path. */
  readonly put: (path: string, text: string) => string;
  /** The text of a file; null where there is none. */
  readonly read: (path: string) => string | null;
  /** Runs an agent headless with the user's own files, further arguments and this environment. */
  readonly run: (
    agent: AgentId,
    prompt: string,
    options: { readonly args?: readonly string[]; readonly environment?: Environment; readonly patienceMs?: number },
  ) => Promise<AgentRun>;
  /** The same by `dragoman run` with this model. */
  readonly dragomanRun: (agent: AgentId, model: string, prompt: string, args: readonly string[]) => Promise<AgentRun>;
  /** `HOST:PORT` of each request that went to the proxy since the last call. */
  readonly outside: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/** Each agent's own way to do a task without questions. */
const headless: Readonly<Record<AgentId, (prompt: string) => readonly string[]>> = {
  'claude-code': (prompt) => ['-p', prompt, '--permission-mode', 'acceptEdits'],
  codex: (prompt) => ['exec', '--json', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', prompt],
  opencode: (prompt) => ['run', prompt],
  'qwen-code': (prompt) => ['-p', prompt, '--yolo'],
};

/** The names that users call them by. */
const commands: Readonly<Record<AgentId, string>> = {
  'claude-code': 'claude',
  codex: 'codex',
  opencode: 'opencode',
  'qwen-code': 'qwen',
};

/** Starts the built service before these upstreams, and makes its user. */
export async function startUser(upstreams: readonly UpstreamEntry[]): Promise<User> {
  const place = mkdtempSync(join(tmpdir(), 'dragoman-user-'));
  const folder = (name: string): string => {
    mkdirSync(join(place, name));
    return join(place, name);
  };
  const home = folder('home');
  const project = folder('project');
  const bin = folder('bin');
  symlinkSync(executables.claudeCode, join(bin, commands['claude-code']));
  symlinkSync(executables.codex, join(bin, commands.codex));
  symlinkSync(executables.openCode, join(bin, commands.opencode));
  const qwen = `#!/bin/sh\nexec '${nodeExecutable()}' '${executables.qwenCode}' "$@"\n`;
  writeFileSync(join(bin, commands['qwen-code']), qwen, { mode: 0o755 });
  const proxy = await startProxy();
  const own = { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, HOME: home, TERM: 'dumb' };
  const serve = await startServe({ upstreams }, { ...plainEnvironment(), ...own, XDG_CONFIG_HOME: '' });
  const running = await findRunning(serve.home);
  if (running === null) throw new Error('no service runs');
  const start = (command: string, args: readonly string[], environment: Environment, patienceMs = 200_000) =>
    runAgent(command, args, {
      cwd: project,
      env: { ...own, HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, ...environment },
      patienceMs,
    });
  return {
    control: connectControl(running.url, running.token),
    project,
    put(path, text) {
      const file = join(home, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null),
    run: (agent, prompt, { args = [], environment = {}, patienceMs }) =>
      start(join(bin, commands[agent]), [...headless[agent](prompt), ...args], environment, patienceMs),
    dragomanRun(agent, model, prompt, args) {
      const run = ['run', agent, '--home', serve.home, '--model', model, '--', ...headless[agent](prompt), ...args];
      return start(nodeExecutable(), [dragomanProgram, ...run], { DRAGOMAN_KEYCHAIN: 'off' });
    },
    outside: proxy.taken,
    async stop() {
      await serve.stop();
      await proxy.stop();
      rmSync(place, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A proxy that leads nowhere and remembers what was asked of it. */
async function startProxy() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.host ?? '');
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was bound');
  return {
    url: `http://127.0.0.1:${address.port}`,
    taken: () => asked.splice(0),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
