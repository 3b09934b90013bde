/** What a request that was asked again from the window is called. */
export const replayAgent = 'Replay';

/** User-Agents of agents that are known by another name than they send (Claude Code 2.1, Codex 0.14x, OpenCode 1.x, Qwen Code 0.x). */
const knownAgents: readonly (readonly [RegExp, string])[] = [
  [/^claude-(cli|code)\b/i, 'Claude Code'],
  [/^codex[_-]/i, 'Codex'],
  [/^opencode\b/i, 'OpenCode'],
  [/^qwen-?code\b/i, 'Qwen Code'],
  [/^dragoman-check-up\b/, 'Check-up'],
  [/^dragoman-replay\b/, replayAgent],
];

/** Who asks, by its User-Agent: an agent's name, else the first product that it names; null where it says nothing. */
export function agentName(userAgent: string | null): string | null {
  if (userAgent === null || userAgent.trim() === '') return null;
  const known = knownAgents.find(([pattern]) => pattern.test(userAgent));
  return known?.[1] ?? (userAgent.trim().split(/[\s/]/, 1)[0] ?? userAgent).slice(0, 40);
}
