import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import type { ToolResultBlock } from '../conversation/request.ts';
import { cacheMark, contentOf, encodeParts, textPart } from './encode-content.ts';
import type { ContentPart, ToolMessage } from './request-messages.ts';

/** What stands in a tool message whose result is media only, which then follows in a user message. */
const attachedNote = '(see attached image)';

export interface EncodedResult {
  readonly message: ToolMessage;
  /** Media that a tool message may not hold. */
  readonly attached: readonly ContentPart[];
}

/**
 * A tool result as a tool message. Text is joined by newlines; images and files go along where the upstream takes them in tool
 * messages, else they are handed back to follow in a user message. A failure is said in words, because Chat has no `is_error`.
 * @param id the call's id as it was written upstream.
 * @param nameOf the upstream's name of a tool.
 */
export function encodeToolResult(
  block: ToolResultBlock,
  id: string,
  nameOf: (name: string) => string,
  flags: CompatFlags,
  diagnostics: Diagnostics,
): EncodedResult {
  const parts = encodeParts(block.parts, flags, diagnostics);
  if (block.loadedTools.length > 0) {
    const plural = block.loadedTools.length === 1 ? 'It is' : 'They are';
    parts.unshift(
      textPart(`Loaded tools: ${block.loadedTools.map(nameOf).join(', ')}. ${plural} now callable.`, flags),
    );
  }
  const isMedia = (part: ContentPart) => part.type !== 'text' && !flags.toolImages;
  const attached = parts.filter(isMedia);
  const kept = parts.filter((part) => !isMedia(part));
  if (kept.length === 0 && attached.length > 0) kept.push(textPart(attachedNote, flags));
  if (block.isError) markError(kept);
  const last = kept.at(-1);
  const mark = cacheMark(flags, block.extras);
  if (last?.type === 'text' && mark !== undefined) kept[kept.length - 1] = { ...last, cache_control: mark };
  return { message: { role: 'tool', tool_call_id: id, content: contentOf(kept, '\n') }, attached };
}

/** Says that the tool failed, unless the text does so itself (`Error: …`, `<tool_use_error>…`). */
function markError(parts: ContentPart[]): void {
  const first = parts[0];
  if (first?.type !== 'text') parts.unshift({ type: 'text', text: 'Error: the tool failed.' });
  else if (!/^\s*[<[(]?\w*error/i.test(first.text)) parts[0] = { ...first, text: `Error: ${first.text}` };
}
