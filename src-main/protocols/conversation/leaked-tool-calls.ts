import { isObject } from '../../../src-shared/json.ts';
import type { ToolNames } from './codec.ts';
import { beginningAtEnd } from './think-tags.ts';

export type LeakPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: string };

const opener = '<tool_call>';
const closer = '</tool_call>';

/**
 * Recovers tool calls that a server's parser missed and left in the text as `<tool_call>{"name": …, "arguments": {…}}</tool_call>`
 * (Hermes, Qwen). Only a whole call of a tool that the client declared is taken out; anything else stays text.
 */
export class LeakedToolCallReader {
  readonly #toolNames: ToolNames;
  #held = '';

  constructor(toolNames: ToolNames) {
    this.#toolNames = toolNames;
  }

  push(text: string): readonly LeakPiece[] {
    const pieces: LeakPiece[] = [];
    let rest = this.#held + text;
    this.#held = '';
    for (;;) {
      const start = rest.indexOf(opener);
      if (start === -1) {
        const kept = beginningAtEnd(rest, [opener]);
        this.#held = rest.slice(rest.length - kept);
        addText(pieces, rest.slice(0, rest.length - kept));
        return pieces;
      }
      addText(pieces, rest.slice(0, start));
      const end = rest.indexOf(closer, start);
      if (end === -1) {
        this.#held = rest.slice(start);
        return pieces;
      }
      this.#addCall(pieces, rest.slice(start, end + closer.length), rest.slice(start + opener.length, end));
      rest = rest.slice(end + closer.length);
    }
  }

  /** The text is over: a call whose closing tag never came is taken if it is whole. */
  end(): readonly LeakPiece[] {
    const rest = this.#held;
    this.#held = '';
    const pieces: LeakPiece[] = [];
    if (rest.startsWith(opener)) this.#addCall(pieces, rest, rest.slice(opener.length));
    else addText(pieces, rest);
    return pieces;
  }

  #addCall(pieces: LeakPiece[], whole: string, inner: string): void {
    const call = readCall(inner);
    if (call !== null && this.#toolNames.has(call.name)) pieces.push({ kind: 'call', ...call });
    else addText(pieces, whole);
  }
}

function addText(pieces: LeakPiece[], text: string): void {
  if (text !== '') pieces.push({ kind: 'text', text });
}

function readCall(text: string): { readonly name: string; readonly arguments: string } | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null; // it only looked like a call: the caller keeps it as text
  }
  if (!isObject(parsed) || typeof parsed.name !== 'string') return null;
  const given = parsed.arguments ?? parsed.parameters ?? {};
  return { name: parsed.name.trim(), arguments: typeof given === 'string' ? given : JSON.stringify(given) };
}
