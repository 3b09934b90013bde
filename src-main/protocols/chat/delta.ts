import { isObject, type JsonValue } from '../../../src-shared/json.ts';
import type { Part } from '../conversation/events.ts';

/**
 * Reads a `delta` of a Chat chunk, or the `message` of a whole answer, which has the same keys. By hand and not by a schema: servers
 * disagree on nearly every key (reference protocol.md §4.4), one odd key must not lose the rest, and it runs once per chunk.
 */
export function readDelta(delta: Record<string, unknown>, parts: Part[]): void {
  readReasoning(delta, parts);
  const content = delta.content;
  if (typeof content === 'string') {
    if (content !== '') parts.push({ kind: 'text', text: content });
  } else if (Array.isArray(content)) {
    for (const part of content) readContentPart(part, parts);
  } else if (isObject(content)) {
    readContentPart(content, parts);
  }
  if (typeof delta.refusal === 'string' && delta.refusal !== '') parts.push({ kind: 'refusal', text: delta.refusal });
  const calls = delta.tool_calls;
  if (Array.isArray(calls)) for (const call of calls) readToolCall(call, undefined, parts);
  else if (isObject(calls)) readToolCall(calls, undefined, parts);
  // The old `function_call`: at most one in an answer, so all its fragments are of one call.
  if (isObject(delta.function_call)) readToolCall({ function: delta.function_call }, 0, parts);
  for (const key of unsupported) if (holdsSomething(delta[key])) parts.push(leftOut(key));
}

/** What answers may hold that no client block can carry. */
const unsupported = ['annotations', 'audio', 'images'] as const;

/** Where servers put reasoning text, in the order of preference: some send the same text under two of them. */
const reasoningFields = ['reasoning_content', 'reasoning', 'reasoning_text'] as const;

function readReasoning(delta: Record<string, unknown>, parts: Part[]): void {
  let found = false;
  for (const field of reasoningFields) {
    const text = delta[field];
    if (typeof text !== 'string' || text === '') continue;
    parts.push({ kind: 'reasoning', text, field });
    found = true;
    break;
  }
  const details = delta.reasoning_details;
  if (!Array.isArray(details) || details.length === 0) return;
  if (!found) {
    const text = details.map(detailText).join('');
    if (text !== '') parts.push({ kind: 'reasoning', text, field: 'reasoning_details' });
  }
  parts.push({ kind: 'reasoning-state', details: details as JsonValue[] }); // came out of JSON.parse
}

function detailText(detail: unknown): string {
  if (!isObject(detail)) return '';
  if (typeof detail.text === 'string') return detail.text;
  return typeof detail.summary === 'string' ? detail.summary : '';
}

function readContentPart(part: unknown, parts: Part[]): void {
  if (typeof part === 'string') {
    if (part !== '') parts.push({ kind: 'text', text: part });
    return;
  }
  if (!isObject(part)) return;
  switch (part.type) {
    case 'thinking':
    case 'reasoning': {
      const text = partText(part.thinking ?? part.reasoning ?? part.text);
      if (text !== '') parts.push({ kind: 'reasoning', text, field: 'thinking' });
      if (typeof part.signature === 'string' && part.signature !== '') {
        parts.push({ kind: 'reasoning-state', signature: part.signature });
      }
      return;
    }
    case 'refusal':
      if (typeof part.refusal === 'string' && part.refusal !== '') parts.push({ kind: 'refusal', text: part.refusal });
      return;
    case 'text':
    case 'output_text':
    case undefined:
      if (typeof part.text === 'string' && part.text !== '') parts.push({ kind: 'text', text: part.text });
      return;
    default:
      parts.push(leftOut(`content part ${String(part.type).slice(0, 40)}`));
  }
}

/** Text that is a string or, with Mistral, a list of text parts. */
function partText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  return value.map((part) => (typeof part === 'string' ? part : detailText(part))).join('');
}

function readToolCall(call: unknown, defaultIndex: number | undefined, parts: Part[]): void {
  if (!isObject(call)) return;
  const target = isObject(call.function) ? call.function : isObject(call.custom) ? call.custom : call;
  const id = typeof call.id === 'number' ? String(call.id) : call.id;
  const index = typeof call.index === 'number' && Number.isInteger(call.index) ? call.index : defaultIndex;
  const text = argumentText(target.arguments ?? target.input);
  parts.push({
    kind: 'tool-call',
    ...(typeof id === 'string' && id !== '' && { id }),
    ...(index !== undefined && { index }),
    ...(typeof target.name === 'string' && target.name !== '' && { name: target.name }),
    ...(text !== undefined && { arguments: text }),
  });
  if (holdsSomething(call.extra_content)) parts.push(leftOut('tool_calls[].extra_content'));
}

/** Arguments as JSON text; some servers send the object itself. */
function argumentText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}

function holdsSomething(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return Array.isArray(value) ? value.length > 0 : true;
}

function leftOut(what: string): Part {
  return { kind: 'diagnostic', what, why: 'The client has no block for it; it was left out.' };
}
