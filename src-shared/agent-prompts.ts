import { type AgentId, agentIds } from './agents.ts';

/**
 * What each agent sends before it has read a single file: its instructions and tools, tokens. Measured on recorded first requests: Claude Code
 * 2.1.329 49 KB, Codex 0.169.0 38 KB, OpenCode 1.18.33 30 KB, Qwen Code 0.24.4 79 KB, four bytes to a token and rounded up. Tools of MCP servers
 * come on top.
 */
export const agentPromptTokens: Readonly<Record<AgentId, number>> = {
  'claude-code': 12_500,
  codex: 9_500,
  opencode: 8_000,
  'qwen-code': 20_000,
};

export const agentLabels: Readonly<Record<AgentId, string>> = {
  'claude-code': 'Claude Code',
  codex: 'Codex',
  opencode: 'OpenCode',
  'qwen-code': 'Qwen Code',
};

/** What an agent needs beside its prompt to read a few files and answer. Tokens. */
const roomToWork = 12_000;
/** Of that, what an answer takes at the least. */
const roomToAnswer = 1_000;

/** `none`: not even its own prompt fits. `little`: it fits, and the agent forgets its work all the time. */
export type AgentRoom = 'none' | 'little' | 'enough';

/** Whether an agent can work in a context window of so many tokens. */
export function roomFor(agent: AgentId, contextWindow: number): AgentRoom {
  const left = contextWindow - agentPromptTokens[agent];
  if (left < roomToAnswer) return 'none';
  return left < roomToWork ? 'little' : 'enough';
}

/** Whether no agent can work in it. */
export function isTooSmallForAgents(contextWindow: number): boolean {
  return agentIds.every((agent) => roomFor(agent, contextWindow) !== 'enough');
}
