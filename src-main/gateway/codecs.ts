import type { Protocol } from '../../src-shared/protocol.ts';
import { chatClient, chatUpstream } from '../protocols/chat/index.ts';
import type { ClientCodec, UpstreamCodec } from '../protocols/conversation/codec.ts';
import { messagesClient, messagesUpstream } from '../protocols/messages/index.ts';

/** How clients of a protocol are read and answered; null for one whose requests are not translated yet. */
export function clientCodec(protocol: Protocol): ClientCodec | null {
  switch (protocol) {
    case 'messages':
      return messagesClient;
    case 'chat':
      return chatClient;
    case 'responses':
      return null;
  }
}

/** How upstreams of a protocol are asked and read; null for one that no upstream is spoken to in yet. */
export function upstreamCodec(protocol: Protocol): UpstreamCodec | null {
  switch (protocol) {
    case 'chat':
      return chatUpstream;
    case 'messages':
      return messagesUpstream;
    case 'responses':
      return null;
  }
}
