import type { AgentId } from '../../src-shared/agents.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import type { CodingAgent } from './coding-agent.ts';
import { opencode } from './opencode.ts';
import { qwenCode } from './qwen-code.ts';

/** A fifth agent is a file and a line here. */
export const agents: Readonly<Record<AgentId, CodingAgent>> = {
  'claude-code': claudeCode,
  codex,
  opencode,
  'qwen-code': qwenCode,
};
