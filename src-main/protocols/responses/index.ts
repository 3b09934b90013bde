import type { JsonObject } from '../../../src-shared/json.ts';
import type { ClientCodec } from '../conversation/codec.ts';
import { encodeCompacted } from './compaction.ts';
import { decodeResponsesRequest } from './decode-request.ts';
import { encodeResponsesAnswer } from './encode-answer.ts';
import { createResponsesStreamEncoder } from './encode-stream.ts';
import { encodeResponsesError, failsInStream } from './errors.ts';

/** OpenAI's Responses, as Codex and OpenAI's SDK speak it. */
export const responsesClient: ClientCodec = {
  protocol: 'responses',
  answerIdPrefix: 'resp_',
  decodeRequest: decodeResponsesRequest,
  createStreamEncoder: createResponsesStreamEncoder,
  encodeAnswer: encodeResponsesAnswer,
  failsInStream,
  encodeError: encodeResponsesError,
};

/** Responses' endpoint that compacts a conversation: its answers are of another kind. `input`: the items that are summarised. */
export function compactClient(input: readonly JsonObject[]): ClientCodec {
  return {
    ...responsesClient,
    encodeAnswer: (answer, supplies, context) => encodeCompacted(input, answer, supplies, context),
  };
}
