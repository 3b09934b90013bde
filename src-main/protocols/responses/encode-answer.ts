import type { JsonObject } from '../../../src-shared/json.ts';
import type { AnswerContext, Supplies } from '../conversation/codec.ts';
import type { Answer } from '../conversation/events.ts';
import { isCodex } from './codex.ts';
import { asksForCompaction, compactionItem } from './compaction.ts';
import { encodeUsage } from './encode-usage.ts';
import { endingOf } from './ending.ts';
import { idPrefix, outputItem } from './output-items.ts';
import { changingFields, echoedFields, newResponse } from './response-object.ts';

/** A whole answer as a response object: what the last event of its stream would hold. */
export function encodeResponsesAnswer(answer: Answer, supplies: Supplies, context: AnswerContext): JsonObject {
  const { finish, usage } = answer;
  const summary = asksForCompaction(context.request);
  const blocks = summary ? [] : answer.blocks;
  const whole = blocks.filter((block) => block.kind !== 'tool-call' || !block.cut);
  const kinds = whole.map(({ kind }) => kind);
  const { status, lastStatus, incompleteReason, endTurn } = endingOf(finish.reason, kinds, isCodex(context));
  const shown = status === 'incomplete' ? blocks : whole;
  const output = shown.map((block, at) => ({
    id: supplies.newId(idPrefix(block, context)),
    ...outputItem(block, at === shown.length - 1 ? lastStatus : 'completed', context),
  }));
  const response = changingFields({
    ...newResponse(answer.id, answer.model),
    status,
    output: summary ? [{ id: supplies.newId('cmp_'), ...compactionItem(answer.blocks, answer.model) }] : output,
    completedAt: status === 'completed' ? Math.floor(supplies.now() / 1000) : null,
    incompleteReason,
    usage: encodeUsage(usage),
    ...(endTurn !== undefined && { endTurn }),
  });
  return { ...response, ...echoedFields(context) };
}
