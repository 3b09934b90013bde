import type { JsonObject } from '../../../src-shared/json.ts';
import type { Supplies } from '../conversation/codec.ts';
import type { Answer, AnswerBlock } from '../conversation/events.ts';
import { citationsOf } from './citations.ts';
import { encodeFinish } from './encode-finish.ts';
import { encodeUsage } from './encode-usage.ts';
import { reasoningDetails } from './reasoning-details.ts';

/** A whole answer as the JSON body of a Chat completion: what its stream says, put together. */
export function encodeChatAnswer(answer: Answer, supplies: Supplies): JsonObject {
  return {
    id: answer.id,
    object: 'chat.completion',
    created: Math.floor(supplies.now() / 1000),
    model: answer.model,
    choices: [
      { index: 0, message: encodeMessage(answer), logprobs: null, finish_reason: encodeFinish(answer.finish.reason) },
    ],
    usage: encodeUsage(answer.usage),
  };
}

function encodeMessage({ blocks, finish }: Answer): JsonObject {
  const content = joined(blocks, 'text');
  const said = joined(blocks, 'refusal');
  const refusal = said === '' && finish.reason === 'refusal' ? (finish.detail ?? '') : said;
  const reasoning = joined(blocks, 'reasoning');
  const details = blocks
    .filter((block) => block.kind === 'reasoning')
    .flatMap(({ text, blob }, index) => reasoningDetails(text, blob, index));
  const calls = blocks.flatMap(encodeCall);
  const annotations = blocks.flatMap((block) => (block.kind === 'web-search' ? citationsOf(block) : []));
  return {
    role: 'assistant',
    content: content === '' && (calls.length > 0 || refusal !== '') ? null : content,
    refusal: refusal === '' ? null : refusal,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(annotations.length > 0 && { annotations }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function joined(blocks: readonly AnswerBlock[], kind: 'text' | 'refusal' | 'reasoning'): string {
  return blocks.flatMap((block) => (block.kind === kind && 'text' in block ? [block.text] : [])).join('');
}

/** A call that was cut by length must not be run, so it is left out. */
function encodeCall(block: AnswerBlock): readonly JsonObject[] {
  if (block.kind !== 'tool-call' || block.cut) return [];
  const { id, name, input, toolKind } = block;
  return [
    toolKind === 'custom'
      ? { id, type: 'custom', custom: { name, input } }
      : { id, type: 'function', function: { name, arguments: input } },
  ];
}
