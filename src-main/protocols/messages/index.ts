import type { ClientCodec } from '../conversation/codec.ts';
import { decodeMessagesRequest } from './decode-request.ts';
import { createMessagesStreamEncoder } from './encode-stream.ts';
import { encodeMessagesError } from './errors.ts';
import { encodeMessagesAnswer } from './response.ts';

/** Anthropic Messages, as Claude Code and Anthropic's SDK speak it. */
export const messagesClient: ClientCodec = {
  protocol: 'messages',
  answerIdPrefix: 'msg_',
  decodeRequest: decodeMessagesRequest,
  createStreamEncoder: createMessagesStreamEncoder,
  encodeAnswer: encodeMessagesAnswer,
  encodeError: encodeMessagesError,
};
