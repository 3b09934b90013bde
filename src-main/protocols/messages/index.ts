import type { ClientCodec, UpstreamCodec } from '../conversation/codec.ts';
import { decodeMessagesAnswer } from './decode-answer.ts';
import { decodeMessagesRequest } from './decode-request.ts';
import { createMessagesStreamDecoder } from './decode-stream.ts';
import { encodeMessagesRequest } from './encode-request.ts';
import { createMessagesStreamEncoder } from './encode-stream.ts';
import { encodeMessagesError } from './errors.ts';
import { encodeMessagesAnswer } from './response.ts';
import { decodeMessagesError } from './upstream-error.ts';

/** Anthropic Messages, as Claude Code and Anthropic's SDK speak it. */
export const messagesClient: ClientCodec = {
  protocol: 'messages',
  answerIdPrefix: 'msg_',
  decodeRequest: decodeMessagesRequest,
  createStreamEncoder: createMessagesStreamEncoder,
  encodeAnswer: encodeMessagesAnswer,
  encodeError: encodeMessagesError,
};

/** Anthropic Messages, as Anthropic and servers that follow it speak it. */
export const messagesUpstream: UpstreamCodec = {
  protocol: 'messages',
  path: '/messages',
  encodeRequest: encodeMessagesRequest,
  createStreamDecoder: createMessagesStreamDecoder,
  decodeAnswer: decodeMessagesAnswer,
  decodeError: decodeMessagesError,
};
