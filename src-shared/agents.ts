/** The coding agents whose configuration is written, by the ids that commands and files use. */
export const agentIds = ['claude-code', 'codex', 'opencode', 'qwen-code'] as const;
export type AgentId = (typeof agentIds)[number];
