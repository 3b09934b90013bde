import type { UpstreamCodec } from '../conversation/codec.ts';
import { decodeResponsesAnswer } from './decode-answer.ts';
import { createResponsesStreamDecoder } from './decode-stream.ts';
import { encodeResponsesRequest } from './encode-request.ts';
import { decodeResponsesError } from './upstream-error.ts';

/** OpenAI Responses, as model servers speak it. */
export const responsesUpstream: UpstreamCodec = {
  protocol: 'responses',
  path: '/responses',
  encodeRequest: encodeResponsesRequest,
  createStreamDecoder: createResponsesStreamDecoder,
  decodeAnswer: decodeResponsesAnswer,
  decodeError: decodeResponsesError,
};
