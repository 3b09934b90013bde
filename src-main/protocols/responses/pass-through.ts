import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { PassThroughCodec } from '../conversation/pass-through.ts';
import { writeSse } from '../sse.ts';
import { responsesReasoning } from './pass-through-reasoning.ts';
import { createResponsesWatch } from './pass-through-watch.ts';

/** Responses from a client to a server that speaks it too. */
export const responsesPassThrough: PassThroughCodec = {
  protocol: 'responses',
  path: '/responses',
  // The answer's events are numbered: one of ours would be one too many.
  keepAlive: ': keep-alive\n\n',
  createWatch: createResponsesWatch,
  isAnswer: ({ object, type, output, error }) =>
    type !== 'error' && (object === 'response' || Array.isArray(output) || !isObject(error)),
  errorKeys: ['error'],
  answerAsStream,
  defaults,
  reasoningEdits: responsesReasoning,
  requestHeaders: ['openai-beta'],
  ownHeaders: {},
  responseHeaders: /^x-ratelimit-/,
};

function defaults(given: JsonObject): ReturnType<PassThroughCodec['defaults']> {
  const members: JsonObject = {};
  const lost: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    if (key === 'temperature' || key === 'top_p') members[key] = value;
    else if (key === 'max_tokens') members.max_output_tokens = value;
    else if (key === 'reasoning_effort') members.reasoning = { effort: value };
    else lost.push(key);
  }
  return { members, lost };
}

/** A response in one go: created, each item added and done, and its end. */
function answerAsStream(body: Readonly<Record<string, unknown>>): string {
  let number = 0;
  const event = (type: string, more: Readonly<Record<string, unknown>>): string =>
    writeSse(JSON.stringify({ type, sequence_number: number++, ...more }), type);
  const output: readonly unknown[] = Array.isArray(body.output) ? body.output : [];
  const ended = ['incomplete', 'failed'].find((status) => status === body.status) ?? 'completed';
  return [
    event('response.created', { response: { ...body, status: 'in_progress', output: [], usage: null } }),
    ...output.flatMap((item, index) => [
      event('response.output_item.added', { output_index: index, item }),
      event('response.output_item.done', { output_index: index, item }),
    ]),
    event(`response.${ended}`, { response: body }),
  ].join('');
}
