import { type Protocol, protocols } from '../../../src-shared/protocol.ts';
import type { UpstreamKindId, UpstreamSettings } from '../../../src-shared/settings.ts';

/** The kinds that speak a protocol as its inventor does, the one that is preferred first; all others are spoken to in Chat Completions. */
const native: Readonly<Partial<Record<UpstreamKindId, readonly [Protocol, ...Protocol[]]>>> = {
  anthropic: ['messages'],
  openai: ['responses', 'chat'],
  'azure-openai': ['responses', 'chat'],
};

/** What the protocol of a kind may be set to; one alone where there is nothing to choose. */
export function protocolChoices(kind: UpstreamKindId): readonly UpstreamSettings['protocol'][] {
  const spoken = native[kind] ?? protocols;
  return spoken.length === 1 ? ['auto'] : ['auto', ...spoken];
}

/** What a kind is spoken to in where nothing is chosen. */
export function automaticProtocol(kind: UpstreamKindId): string {
  const [first, ...others] = native[kind] ?? ['chat'];
  const name = protocolName(first);
  return others.length === 0
    ? name
    : `the agent’s own where it is ${[name, ...others.map(protocolName)].join(' or ')}, else ${name}`;
}

export function protocolName(protocol: Protocol): string {
  switch (protocol) {
    case 'messages':
      return 'Messages';
    case 'chat':
      return 'Chat Completions';
    case 'responses':
      return 'Responses';
  }
}
