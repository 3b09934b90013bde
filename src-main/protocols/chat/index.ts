import type { ClientCodec, UpstreamCodec } from '../conversation/codec.ts';
import { decodeChatAnswer } from './decode-answer.ts';
import { decodeChatRequest } from './decode-request.ts';
import { createChatStreamDecoder } from './decode-stream.ts';
import { encodeChatAnswer } from './encode-answer.ts';
import { encodeChatRequest } from './encode-request.ts';
import { createChatStreamEncoder } from './encode-stream.ts';
import { encodeChatError } from './errors.ts';
import { decodeChatError } from './upstream-error.ts';

/** OpenAI Chat Completions, as clients speak it. */
export const chatClient: ClientCodec = {
  protocol: 'chat',
  answerIdPrefix: 'chatcmpl-',
  decodeRequest: decodeChatRequest,
  createStreamEncoder: createChatStreamEncoder,
  encodeAnswer: encodeChatAnswer,
  encodeError: encodeChatError,
};

/** OpenAI Chat Completions, as model servers speak it. */
export const chatUpstream: UpstreamCodec = {
  protocol: 'chat',
  path: '/chat/completions',
  encodeRequest: encodeChatRequest,
  createStreamDecoder: createChatStreamDecoder,
  decodeAnswer: decodeChatAnswer,
  decodeError: decodeChatError,
};
