import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { AnswerContext, Supplies } from '../conversation/codec.ts';
import { type ConversationError, ConversationFailure } from '../conversation/error.ts';
import type { Answer, AnswerBlock } from '../conversation/events.ts';
import { writeReasoningState } from '../conversation/reasoning-state.ts';
import type { Block, ConversationRequest, Turn } from '../conversation/request.ts';
import { encodeUsage } from './encode-usage.ts';

/** The item with which a client asks for its history to be summarised instead of answered (Codex, with a provider named "OpenAI"). */
export const compactionTrigger = { type: 'compaction_trigger' } as const;

/** So much of the user's own messages a compacted conversation keeps, newest first, characters of their JSON. */
const keptLength = 80_000;

/** Whether the request asks for a summary of the conversation. */
export function asksForCompaction(request: ConversationRequest): boolean {
  return request.turns.at(-1)?.blocks.some(isTrigger) === true;
}

/** The request that has the model write that summary; it is offered no tool, nor any that the history brought in. */
export function summaryRequest(request: ConversationRequest): ConversationRequest {
  const turns = request.turns.flatMap((turn): readonly Turn[] => {
    const blocks = turn.blocks.filter((block) => !isTrigger(block) && block.kind !== 'tool-change');
    return blocks.length === 0 ? [] : [{ ...turn, blocks }];
  });
  const ask: Turn = { role: 'user', blocks: [{ kind: 'text', text: instruction }] };
  return {
    ...request,
    turns: [...turns, ask],
    tools: [],
    toolChoice: { mode: 'auto' },
    output: { kind: 'text' },
  };
}

const instruction =
  'The conversation has become too long and will be continued from a summary alone. Write that summary now, for whoever goes on with the ' +
  'work: what the user wants, in their words where these matter; what was done and decided, and why; the files, commands, names and ' +
  'figures that will be needed; what failed; the state things are in; and what is to be done next. Answer with the summary only, and call no tool.';

/** The item that stands for the conversation from now on; its blob is read back as the summary. Throws a ConversationFailure without one. */
export function compactionItem(blocks: readonly AnswerBlock[], model: string): JsonObject {
  const text = summaryText(blocks);
  if (text === '') throw new ConversationFailure(noSummary);
  return { type: 'compaction', encrypted_content: writeReasoningState({ upstream: '', model, text }) ?? text };
}

/** What a compaction without a summary fails with. */
export const noSummary: ConversationError = {
  kind: 'upstream-failure',
  message: 'The model wrote no summary of the conversation.',
};

/** The text of a summary; "" where the model wrote none. */
export function summaryText(blocks: readonly AnswerBlock[]): string {
  return blocks
    .flatMap((block) => (block.kind === 'text' ? [block.text] : []))
    .join('\n')
    .trim();
}

/**
 * The answer of `/v1/responses/compact`: the user's own messages, as they came, and the summary of all else.
 *
 * @param input the items that were summarised
 */
export function encodeCompacted(
  input: readonly JsonObject[],
  answer: Answer,
  supplies: Supplies,
  { receivedAt }: AnswerContext,
): JsonObject {
  return {
    id: supplies.newId('resp_'),
    object: 'response.compaction',
    created_at: Math.floor(receivedAt / 1000),
    output: [...keptMessages(input), { id: supplies.newId('cmp_'), ...compactionItem(answer.blocks, answer.model) }],
    usage: encodeUsage(answer.usage),
  };
}

function keptMessages(input: readonly JsonObject[]): JsonObject[] {
  const kept: JsonObject[] = [];
  let length = 0;
  for (const item of input.toReversed()) {
    if (item.role !== 'user' || (item.type !== undefined && item.type !== 'message')) continue;
    length += JSON.stringify(item).length;
    if (length > keptLength) break;
    const { content } = item;
    kept.unshift({
      ...item,
      type: 'message',
      content: typeof content === 'string' ? [{ type: 'input_text', text: content }] : (content ?? []),
    });
  }
  return kept;
}

function isTrigger(block: Block): boolean {
  return block.kind === 'opaque' && isObject(block.raw) && block.raw.type === compactionTrigger.type;
}
