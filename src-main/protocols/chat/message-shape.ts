import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import type { ContentPart, Message, ToolMessage } from './request-messages.ts';

/** Stands between tool results and the user's next words where a template refuses a user turn behind a tool turn. */
const bridge = 'I have read the tool results.';
/** Asks for an answer where the upstream doesn't continue an assistant message. */
const nudge = 'Continue.';

/** Bends a list of messages to what the upstream's chat template accepts; each rule hangs on its own flag. */
export function shapeMessages(
  messages: readonly Message[],
  flags: CompatFlags,
  diagnostics: Diagnostics,
): readonly Message[] {
  let shaped = messages;
  if (!flags.parallelToolCalls) shaped = splitCalls(shaped);
  if (flags.strictAlternation) shaped = alternate(shaped);
  if (shaped.at(-1)?.role !== 'assistant' || flags.prefill) return shaped;
  diagnostics.add(
    'approximated',
    'prefill',
    'The upstream does not continue an assistant message; it was asked to go on from it.',
  );
  return [...shaped, { role: 'user', content: nudge }];
}

/** A message with several calls becomes a run of call and result pairs; content and reasoning stay with the first. */
function splitCalls(messages: readonly Message[]): readonly Message[] {
  const split: Message[] = [];
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at];
    if (message === undefined) continue;
    if (message.role !== 'assistant' || message.tool_calls === undefined || message.tool_calls.length < 2) {
      split.push(message);
      continue;
    }
    const results = new Map<string, ToolMessage>();
    for (let next = messages[at + 1]; next?.role === 'tool'; next = messages[at + 1]) {
      results.set(next.tool_call_id, next);
      at++;
    }
    for (const [index, call] of message.tool_calls.entries()) {
      split.push(
        index === 0 ? { ...message, tool_calls: [call] } : { role: 'assistant', content: null, tool_calls: [call] },
      );
      const result = results.get(call.id);
      if (result !== undefined) split.push(result);
    }
  }
  return split;
}

/** No two user or assistant messages in a row, and no user message right behind a tool message. */
function alternate(messages: readonly Message[]): readonly Message[] {
  const alternating: Message[] = [];
  for (const message of messages) {
    const previous = alternating.at(-1);
    if (message.role === 'user' && previous?.role === 'user') {
      const content = joined(previous.content, message.content);
      alternating[alternating.length - 1] = { role: 'user', content };
    } else if (message.role === 'assistant' && previous?.role === 'assistant' && previous.tool_calls === undefined) {
      // The later message's reasoning is the one that templates still show.
      const content = joined(previous.content ?? '', message.content ?? '');
      alternating[alternating.length - 1] = { ...previous, ...message, content };
    } else {
      if (message.role === 'user' && previous?.role === 'tool')
        alternating.push({ role: 'assistant', content: bridge });
      alternating.push(message);
    }
  }
  return alternating;
}

function joined<Part extends { readonly type: string }>(
  first: string | Part[],
  second: string | Part[],
): string | (Part | (ContentPart & { type: 'text' }))[] {
  if (first === '') return second;
  if (second === '') return first;
  if (typeof first === 'string' && typeof second === 'string') return `${first}\n\n${second}`;
  return [...asParts(first), ...asParts(second)];
}

function asParts<Part>(content: string | Part[]): (Part | (ContentPart & { type: 'text' }))[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
