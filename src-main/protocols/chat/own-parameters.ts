import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';

/** Parameters for an answer that holds more than one that is made anew can, and the values at which they change nothing. */
const ofTheAnswer: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ['n', [1]],
  ['logprobs', [false]],
  ['top_logprobs', [0]],
  ['audio', []],
]);

/** Parameters of the model's work that only Chat has: their loss changes the answer. */
const ofTheWork: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ['logit_bias', []],
  ['presence_penalty', [0]],
  ['frequency_penalty', [0]],
  ['repetition_penalty', [1]],
  ['min_p', [0]],
  ['seed', []],
  ['prediction', []],
]);

/** Written by the encoder as the model wants them, or not for it to say. */
const written: ReadonlySet<string> = new Set([
  ...['reasoning', 'thinking', 'enable_thinking', 'thinking_budget', 'thinking_budget_tokens'],
  ...['stream_options', 'safety_identifier', 'modalities'],
]);

/** Tells what of a Chat request is lost on its way to a server; `isChat`: to one that speaks Chat, too. */
export function reportLosses(body: Readonly<Record<string, unknown>>, isChat: boolean, diagnostics: Diagnostics): void {
  const why = isChat
    ? 'The request is written anew for this model, whose answer can not hold it then.'
    : 'The upstream is spoken to in another protocol, which has no such parameter.';
  for (const [key, harmless] of isChat ? ofTheAnswer : [...ofTheAnswer, ...ofTheWork]) {
    const value = body[key];
    const isEmpty = value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0);
    if (!isEmpty && !harmless.includes(value)) diagnostics.add('dropped', key, why);
  }
}

/**
 * What a Chat client's request says beyond the canonical conversation, for a server that speaks Chat.
 *
 * @param own the request's `extras.chat`
 * @param body what is sent so far, which stays as it is
 */
export function ownParameters(own: JsonObject, body: JsonObject): JsonObject {
  const entries = Object.entries(own).filter(([key]) => !(key in body) && !ofTheAnswer.has(key) && !written.has(key));
  const { chat_template_kwargs: theirs } = own;
  const { chat_template_kwargs: ours } = body;
  return {
    ...Object.fromEntries(entries),
    ...(isObject(theirs) && isObject(ours) && { chat_template_kwargs: { ...theirs, ...ours } }),
  };
}
