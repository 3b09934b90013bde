import type { UpstreamCodec } from '../conversation/codec.ts';
import { decodeChatAnswer } from './decode-answer.ts';
import { createChatStreamDecoder } from './decode-stream.ts';
import { encodeChatRequest } from './encode-request.ts';
import { decodeChatError } from './upstream-error.ts';

/** OpenAI Chat Completions, as model servers speak it. */
export const chatUpstream: UpstreamCodec = {
  protocol: 'chat',
  path: '/chat/completions',
  encodeRequest: encodeChatRequest,
  createStreamDecoder: createChatStreamDecoder,
  decodeAnswer: decodeChatAnswer,
  decodeError: decodeChatError,
};
