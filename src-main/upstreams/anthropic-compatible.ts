import { anthropic } from './anthropic.ts';
import type { UpstreamKind } from './kind.ts';

/**
 * Any server that speaks Anthropic's Messages and promises nothing else: other makers' models behind Claude Code's own protocol (Moonshot's, DeepSeek's and
 * Z.ai's `/anthropic`). It has no sign of its own, so that only its user can say that it is one, and Claude's names mean slots there.
 */
export const anthropicCompatible: UpstreamKind = {
  id: 'anthropic-compatible',
  defaultPorts: [],
  takesRoot: true,
  headers: { 'anthropic-version': '2023-06-01' },
  flags: anthropic.flags,
  recognise: () => Promise.resolve(false),
  inspect: anthropic.inspect,
  startAdvice: 'Start it, or correct its base URL in the settings.',
  closesAfterStream: false,
};
