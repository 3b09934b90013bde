import type { Protocol } from '../../src-shared/protocol.ts';
import { chatClient, chatUpstream } from '../protocols/chat/index.ts';
import { chatPassThrough } from '../protocols/chat/pass-through.ts';
import type { ClientCodec, UpstreamCodec } from '../protocols/conversation/codec.ts';
import type { PassThroughCodec } from '../protocols/conversation/pass-through.ts';
import { messagesClient, messagesUpstream } from '../protocols/messages/index.ts';
import { messagesPassThrough } from '../protocols/messages/pass-through.ts';
import { responsesClient } from '../protocols/responses/index.ts';
import { responsesPassThrough } from '../protocols/responses/pass-through.ts';
import { responsesUpstream } from '../protocols/responses/upstream.ts';

/** How clients of a protocol are read and answered. */
export function clientCodec(protocol: Protocol): ClientCodec {
  switch (protocol) {
    case 'messages':
      return messagesClient;
    case 'chat':
      return chatClient;
    case 'responses':
      return responsesClient;
  }
}

/** How upstreams of a protocol are asked and read. */
export function upstreamCodec(protocol: Protocol): UpstreamCodec {
  switch (protocol) {
    case 'chat':
      return chatUpstream;
    case 'messages':
      return messagesUpstream;
    case 'responses':
      return responsesUpstream;
  }
}

/** How a client's request goes on to an upstream of its own protocol. */
export function passThroughCodec(protocol: Protocol): PassThroughCodec {
  switch (protocol) {
    case 'messages':
      return messagesPassThrough;
    case 'chat':
      return chatPassThrough;
    case 'responses':
      return responsesPassThrough;
  }
}
