const loopback = ['127.0.0.1', 'localhost', '::1'] as const;

/**
 * A value of NO_PROXY with the loopback names added: with HTTP(S)_PROXY set, Claude Code, Codex and OpenCode send even requests for
 * 127.0.0.1 to the proxy, prompt and key included (measured).
 */
export function withLoopback(value: string | undefined): string {
  const names = (value ?? '').split(/[,\s]+/).filter((name) => name !== '');
  if (names.includes('*')) return names.join(',');
  return [...names, ...loopback.filter((name) => !names.includes(name))].join(',');
}
