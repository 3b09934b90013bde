import type { JsonObject } from '../../../src-shared/json.ts';
import type { AnswerContext } from '../conversation/codec.ts';
import type { AnswerBlock, OpenBlock } from '../conversation/events.ts';
import type { WebSearchBlock } from '../conversation/request.ts';
import { callForm } from './call-form.ts';
import { isCodex } from './codex.ts';
import { summaryParts } from './summary-parts.ts';

type Status = 'in_progress' | 'completed' | 'incomplete';

/** A block of the answer as an item of `output`, without its id. */
export function outputItem(block: AnswerBlock, status: Status, context: AnswerContext): JsonObject {
  switch (block.kind) {
    case 'text':
      return messageItem(textPart(block.text), status);
    case 'refusal':
      return messageItem(refusalPart(block.text, context), status);
    case 'reasoning':
      return reasoningItem(block.text, block.blob, context);
    case 'tool-call':
      return callForm(block, context.request).item(block, block.input, block.cut ? 'incomplete' : status);
    case 'web-search':
      return webSearchItem(block, block.result?.kind === 'error' ? 'failed' : 'completed');
  }
}

/** What the id of a block's item begins with. Codex takes away ids without "_" before it sends items back. */
export function idPrefix(block: OpenBlock, context: AnswerContext): string {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return 'msg_';
    case 'reasoning':
      return 'rs_';
    case 'tool-call':
      return callForm(block, context.request).prefix;
    case 'web-search':
      return 'ws_';
  }
}

/** @param part null before the first text */
export function messageItem(part: JsonObject | null, status: Status): JsonObject {
  return { type: 'message', status, role: 'assistant', content: part === null ? [] : [part] };
}

export function textPart(text: string): JsonObject {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

/** Codex drops a message with a refusal part whole, and its turn ends without a word: it is told in plain text. */
export function refusalPart(text: string, context: AnswerContext): JsonObject {
  return isCodex(context) ? textPart(text) : { type: 'refusal', refusal: text };
}

/** Whether the client wants to be shown reasoning as a summary, which most clients show; else only as the raw text. */
export function wantsSummary({ request }: AnswerContext): boolean {
  const reasoning = request.extras.responses?.reasoning;
  return (
    typeof reasoning !== 'object' || reasoning === null || !('summary' in reasoning) || reasoning.summary !== 'none'
  );
}

/**
 * Reasoning stands in it as summary, as text, and with what the model wants back in `encrypted_content`: of the three each version of
 * Codex keeps others, and only the last one always (protocol spec, finding 16).
 */
export function reasoningItem(text: string, blob: string, context: AnswerContext): JsonObject {
  const parts = wantsSummary(context) ? summaryParts(text) : [];
  return {
    type: 'reasoning',
    summary: parts.map((part) => ({ type: 'summary_text', text: part })),
    content: text === '' ? [] : [{ type: 'reasoning_text', text }],
    ...(blob !== '' && { encrypted_content: blob }),
  };
}

export function webSearchItem({ query, result }: WebSearchBlock, status: string): JsonObject {
  const sources = result?.kind === 'hits' ? result.hits.map(({ url }) => ({ type: 'url', url })) : [];
  return { type: 'web_search_call', status, action: { type: 'search', query, queries: [query], sources } };
}
