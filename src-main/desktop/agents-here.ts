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

/** What quitting means to these agents; null where it means nothing to anyone. `running`: requests being answered. */
export function quitWarning(
  agents: readonly AgentHere[],
  { running, now, graceMs }: { readonly running: number; readonly now: number; readonly graceMs: number },
): { readonly message: string; readonly detail: string } | null {
  const [latest] = agents;
  if (latest === undefined) return null;
  const minutes = Math.floor((now - latest.lastAskedAt) / 60_000);
  const when = minutes < 1 ? 'less than a minute' : minutes === 1 ? 'a minute' : `${minutes} minutes`;
  const requests = running === 1 ? 'One request is' : `${running} requests are`;
  const finishing = `${requests} being answered and ${running === 1 ? 'gets' : 'get'} ${graceMs / 1000} seconds to finish.`;
  return {
    message: `${inWords(agents.map(({ name }) => name))} ${agents.length === 1 ? 'works' : 'work'} through Dragoman.`,
    detail: [
      `The last request came ${when} ago. Requests fail until Dragoman runs again.`,
      ...(running === 0 ? [] : [finishing]),
    ].join(' '),
  };
}

function inWords(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
