import { type Protocol, protocols } from '../../../src-shared/protocol.ts';
import { serverKind } from '../../../src-shared/server-kinds.ts';
import type { UpstreamKindId, UpstreamSettings } from '../../../src-shared/settings.ts';

/** What the protocol of a kind may be set to; one alone where there is nothing to choose. */
export function protocolChoices(kind: UpstreamKindId): readonly UpstreamSettings['protocol'][] {
  const spoken = serverKind(kind).protocols ?? protocols;
  return spoken.length === 1 ? ['auto'] : ['auto', ...spoken];
}

/** What a kind is spoken to in where nothing is chosen. */
export function automaticProtocol(kind: UpstreamKindId): string {
  const [first, ...others] = serverKind(kind).protocols ?? ['chat'];
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
