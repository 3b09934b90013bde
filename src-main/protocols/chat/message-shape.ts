import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import type { ContentPart, Message, SystemMessage, ToolMessage } from './request-messages.ts';
import { callsAsText } from './tools-as-text.ts';

/** Stands between tool results and the user's next words where a template refuses a user turn behind a tool turn. */
const bridge = 'I have read the tool results.';
/** Asks for an answer where the upstream doesn't continue an assistant message. */
const nudge = 'Continue.';
/** Opens a conversation in which no user has spoken yet. */
const opening = 'Begin.';

/**
 * Bends a list of messages, without the system prompt, to what the upstream's chat template accepts and shows whole; each rule hangs on its
 * own flag (reference backends.md §6).
 */
export function shapeMessages(
  messages: readonly Message[],
  flags: CompatFlags,
  diagnostics: Diagnostics,
): readonly Message[] {
  let shaped = messages;
  if (flags.toolFormat !== 'native') shaped = callsAsText(shaped);
  if (!flags.parallelToolCalls) shaped = splitCalls(shaped);
  if (flags.textWithToolCalls === 'apart') shaped = splitText(shaped);
  if (flags.textWithToolCalls === 'in-reasoning') shaped = shaped.map(withTextInReasoning);
  if (flags.strictAlternation) shaped = alternate(shaped, flags);
  // Qwen3.5: "No user query found in messages."
  if (!shaped.some(({ role }) => role === 'user')) shaped = [{ role: 'user', content: opening }, ...shaped];
  if (shaped.at(-1)?.role !== 'assistant' || flags.prefill) return shaped;
  diagnostics.add(
    'approximated',
    'prefill',
    'The upstream does not continue an assistant message; it was asked to go on from it.',
  );
  return [...shaped, { role: 'user', content: nudge }];
}

/** The system prompt in front of what `shapeMessages` made: a message of its own, or the beginning of the first user message. */
export function placeSystem(
  system: SystemMessage,
  messages: readonly Message[],
  { systemMessages }: CompatFlags,
): readonly Message[] {
  if (systemMessages) return [system, ...messages];
  const at = messages.findIndex(({ role }) => role === 'user');
  const first = messages[at];
  if (first?.role !== 'user') return [{ role: 'user', content: system.content }, ...messages];
  return messages.with(at, { role: 'user', content: joined<ContentPart>(system.content, first.content) });
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

/** What an assistant says beside its calls becomes a message before them; its reasoning came before both. */
function splitText(messages: readonly Message[]): readonly Message[] {
  return messages.flatMap((message): readonly Message[] => {
    if (message.role !== 'assistant' || message.tool_calls === undefined || !message.content?.length) return [message];
    const { tool_calls, ...spoken } = message;
    return [spoken, { role: 'assistant', content: null, tool_calls }];
  });
}

/** gpt-oss shows what is said before a call as reasoning, and of text and reasoning only one. */
function withTextInReasoning(message: Message): Message {
  if (message.role !== 'assistant' || message.tool_calls === undefined) return message;
  const { reasoning_content: reasoning, content } = message;
  if (reasoning === undefined || typeof content !== 'string') return message;
  return { ...message, content: null, reasoning_content: `${reasoning}\n\n${content}` };
}

/** A user message first, no two user or assistant messages in a row, and no user message right behind a tool message. */
function alternate(messages: readonly Message[], { textWithToolCalls }: CompatFlags): readonly Message[] {
  const alternating: Message[] = [];
  for (const message of messages) {
    const previous = alternating.at(-1);
    const follows = message.role === 'assistant' && previous?.role === 'assistant' && previous.tool_calls === undefined;
    if (message.role === 'user' && previous?.role === 'user') {
      const content = joined(previous.content, message.content);
      alternating[alternating.length - 1] = { role: 'user', content };
    } else if (follows && message.tool_calls !== undefined && textWithToolCalls === 'apart') {
      alternating.push({ role: 'user', content: nudge }, message);
    } else if (follows) {
      // The later message's reasoning is the one that templates still show.
      const content = joined(previous.content ?? '', message.content ?? '');
      alternating[alternating.length - 1] = { ...previous, ...message, content };
    } else {
      if (message.role === 'user' && previous?.role === 'tool')
        alternating.push({ role: 'assistant', content: bridge });
      if (message.role === 'assistant' && previous === undefined) alternating.push({ role: 'user', content: opening });
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
