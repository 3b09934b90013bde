import type { ActivityRow } from '../../src-shared/activity.ts';

/** An agent whose requests will fail once Dragoman has quit. */
export interface AgentHere {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly lastAskedAt: number;
}

/** An agent that asked this lately is still at work; milliseconds. */
const atWorkMs = 15 * 60_000;

/** The agents that asked a model within the last 15 minutes, the latest first. `rows` newest first, `now` in milliseconds since 1970. */
export function agentsAtWork(rows: readonly ActivityRow[], now: number): readonly AgentHere[] {
  const agents = new Map<string, AgentHere>();
  for (const { agent, purpose, state, startedAt } of rows) {
    const isAtWork = state === 'running' || startedAt > now - atWorkMs;
    // Who was turned away, or looked at what there is, does no work here.
    if (!isAtWork || state === 'refused' || purpose === 'other') continue;
    const name = agent ?? 'A program';
    if (!agents.has(name)) agents.set(name, { name, lastAskedAt: startedAt });
  }
  return [...agents.values()];
}

export interface QuitWarning {
  readonly message: string;
  readonly detail: string;
  /** Whether agents' files point here, which can be taken back before quitting. */
  readonly isSetUp: boolean;
}

/**
 * What quitting means to agents; null where it means nothing to anyone. `setUp`: names of agents whose files point here; `running`: requests
 * being answered.
 */
export function quitWarning(
  agents: readonly AgentHere[],
  setUp: readonly string[],
  { running, now, graceMs }: { readonly running: number; readonly now: number; readonly graceMs: number },
): QuitWarning | null {
  const isSetUp = setUp.length > 0;
  const back = `Switched off, ${setUp.length === 1 ? 'it goes' : 'they go'} back to your own settings; Dragoman's tray switches ${setUp.length === 1 ? 'it' : 'them'} on again.`;
  const [latest] = agents;
  if (latest === undefined) {
    if (!isSetUp) return null;
    return {
      message: `${inWords(setUp)} ${setUp.length === 1 ? 'is' : 'are'} set up to use Dragoman.`,
      detail: `Until Dragoman runs again, ${setUp.length === 1 ? 'it reaches' : 'they reach'} no model. ${back}`,
      isSetUp,
    };
  }
  const minutes = Math.floor((now - latest.lastAskedAt) / 60_000);
  const when = minutes < 1 ? 'less than a minute' : minutes === 1 ? 'a minute' : `${minutes} minutes`;
  const requests = running === 1 ? 'One request is' : `${running} requests are`;
  const finishing = `${requests} being answered and ${running === 1 ? 'gets' : 'get'} ${graceMs / 1000} seconds to finish.`;
  return {
    message: `${inWords(agents.map(({ name }) => name))} ${agents.length === 1 ? 'works' : 'work'} through Dragoman.`,
    detail: [
      `The last request came ${when} ago. Requests fail until Dragoman runs again.`,
      ...(running === 0 ? [] : [finishing]),
      ...(isSetUp ? [`${inWords(setUp)} ${setUp.length === 1 ? 'is' : 'are'} set up to use it. ${back}`] : []),
    ].join(' '),
    isSetUp,
  };
}

function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
