import type { JsonObject } from '../../../src-shared/json.ts';
import type { AnswerContext } from '../conversation/codec.ts';
import type { AnswerBlock, OpenBlock } from '../conversation/events.ts';
import { callForm } from './call-form.ts';
import type { EventWriter } from './event-writer.ts';
import {
  messageItem,
  outputItem,
  reasoningItem,
  refusalPart,
  textPart,
  wantsSummary,
  webSearchItem,
} from './output-items.ts';
import { SummaryParts, type SummaryPiece } from './summary-parts.ts';

/** An item of the output while it streams: the events between its being added and its being done. */
export interface OpenItem {
  /** As it is added. */
  readonly added: JsonObject;
  /** What follows that at once. */
  opening(): string;
  delta(text: string): string;
  /** What comes before it is done. */
  closing(block: AnswerBlock): string;
  /** As it is with what has come so far. */
  soFar(): JsonObject;
}

export interface Place extends JsonObject {
  readonly item_id: string;
  readonly output_index: number;
}

export function openItem(block: OpenBlock, place: Place, writer: EventWriter, context: AnswerContext): OpenItem {
  switch (block.kind) {
    case 'text':
      return openMessage('output_text', (text) => textPart(text), place, writer);
    case 'refusal': {
      const part = (text: string): JsonObject => refusalPart(text, context);
      return openMessage(part('').type === 'refusal' ? 'refusal' : 'output_text', part, place, writer);
    }
    case 'reasoning':
      return wantsSummary(context) ? openSummary(place, writer, context) : openReasoningText(place, writer, context);
    case 'tool-call':
      return openCall(block, place, writer, context);
    case 'web-search':
      return {
        added: webSearchItem({ ...block, result: null }, 'in_progress'),
        opening: () =>
          ['in_progress', 'searching', ...(block.result?.kind === 'error' ? [] : ['completed'])]
            .map((step) => writer.event(`response.web_search_call.${step}`, place))
            .join(''),
        delta: () => '',
        closing: () => '',
        soFar: () => webSearchItem({ ...block, result: null }, 'searching'),
      };
  }
}

function openMessage(
  kind: 'output_text' | 'refusal',
  part: (text: string) => JsonObject,
  item: Place,
  writer: EventWriter,
): OpenItem {
  const place = { ...item, content_index: 0 };
  const logprobs = kind === 'output_text' ? { logprobs: [] } : {};
  const write = writer.deltas(`response.${kind}.delta`, { ...place, ...logprobs });
  const key = kind === 'output_text' ? 'text' : 'refusal';
  let said = '';
  return {
    added: messageItem(null, 'in_progress'),
    opening: () => writer.event('response.content_part.added', { ...place, part: part('') }),
    delta(text) {
      said += text;
      return write(text);
    },
    closing: () =>
      writer.event(`response.${kind}.done`, { ...place, [key]: said, ...logprobs }) +
      writer.event('response.content_part.done', { ...place, part: part(said) }),
    soFar: () => messageItem(part(said), 'in_progress'),
  };
}

/** The text as a summary: what clients show. */
function openSummary(item: Place, writer: EventWriter, context: AnswerContext): OpenItem {
  const border = new SummaryParts();
  /** The parts as far as they were written. */
  const texts: string[] = [];
  let write: ((text: string) => string) | null = null;
  const place = (): JsonObject => ({ ...item, summary_index: texts.length - 1 });
  const part = (text: string): JsonObject => ({ type: 'summary_text', text });
  const begin = (): string => {
    texts.push('');
    write = writer.deltas('response.reasoning_summary_text.delta', place());
    return writer.event('response.reasoning_summary_part.added', { ...place(), part: part('') });
  };
  const end = (): string => {
    if (write === null) return '';
    write = null;
    const text = texts.at(-1) ?? '';
    return (
      writer.event('response.reasoning_summary_text.done', { ...place(), text }) +
      writer.event('response.reasoning_summary_part.done', { ...place(), part: part(text) })
    );
  };
  const writePieces = (pieces: readonly SummaryPiece[]): string => {
    let events = '';
    for (const piece of pieces) {
      if (piece.kind === 'next-part') {
        events += end();
        continue;
      }
      if (write === null) events += begin();
      texts.push((texts.pop() ?? '') + piece.text);
      events += write?.(piece.text) ?? '';
    }
    return events;
  };
  return {
    added: reasoningItem('', '', context),
    opening: () => '',
    delta: (text) => writePieces(border.push(text)),
    closing: () => writePieces(border.end()) + end(),
    soFar: () => ({ ...reasoningItem('', '', context), summary: texts.map(part) }),
  };
}

/** The text itself, for clients that want no summary. */
function openReasoningText(item: Place, writer: EventWriter, context: AnswerContext): OpenItem {
  const place = { ...item, content_index: 0 };
  const write = writer.deltas('response.reasoning_text.delta', place);
  const part = (text: string): JsonObject => ({ type: 'reasoning_text', text });
  let said = '';
  return {
    added: reasoningItem('', '', context),
    opening: () => '',
    delta(text) {
      const opening = said === '' ? writer.event('response.content_part.added', { ...place, part: part('') }) : '';
      said += text;
      return opening + write(text);
    },
    closing: () =>
      said === ''
        ? ''
        : writer.event('response.reasoning_text.done', { ...place, text: said }) +
          writer.event('response.content_part.done', { ...place, part: part(said) }),
    soFar: () => reasoningItem(said, '', context),
  };
}

function openCall(
  call: OpenBlock & { readonly kind: 'tool-call' },
  place: Place,
  writer: EventWriter,
  context: AnswerContext,
): OpenItem {
  const form = callForm(call, context.request);
  const { events } = form;
  const write = events === null ? null : writer.deltas(`response.${events.name}.delta`, place);
  let input = '';
  return {
    added: form.item(call, '', 'in_progress'),
    opening: () => '',
    delta(text) {
      input += text;
      return write?.(text) ?? '';
    },
    closing: (block) =>
      events === null || block.kind !== 'tool-call'
        ? ''
        : writer.event(`response.${events.name}.done`, {
            ...place,
            ...(events.key === 'arguments' && { name: call.name }),
            [events.key]: block.input,
          }),
    soFar: () => outputItem({ ...call, input, cut: false }, 'in_progress', context),
  };
}
