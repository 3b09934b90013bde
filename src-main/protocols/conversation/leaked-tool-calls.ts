import type { ToolNames } from './codec.ts';
import { type LeakedCall, type LeakFormat, leakFormats, typedArguments } from './leaked-call-formats.ts';
import { beginningAtEnd } from './think-tags.ts';

export type LeakPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: string };

const anywhere = leakFormats.filter((format) => format.atStart !== true);
const atStart = leakFormats.filter((format) => format.atStart === true);
const openers = anywhere.map(({ opener }) => opener);

/**
 * Recovers tool calls that a server's parser missed and left in the text, in the formats of leaked-call-formats.ts. Only whole calls of
 * tools that the client declared are taken out; anything else stays text, in its place. What may be a call is held back until that is
 * known, so the text may come in any pieces.
 */
export class LeakedToolCallReader {
  readonly #toolNames: ToolNames;
  /** What may be a call, or the beginning of an opener. */
  #held = '';
  /** More than whitespace came since the text began. */
  #begun = false;

  constructor(toolNames: ToolNames) {
    this.#toolNames = toolNames;
  }

  push(text: string): readonly LeakPiece[] {
    const rest = this.#held + text;
    // What is held is read again only where the new text could end it.
    if (this.#held.length > 64 && !/[}\])>`]/.test(text)) {
      this.#held = rest;
      return [];
    }
    return this.#read(rest, false);
  }

  /** The text is over: what is no whole call by now is none. */
  end(): readonly LeakPiece[] {
    const pieces = this.#read(this.#held, true);
    this.#begun = false;
    return pieces;
  }

  #read(text: string, ended: boolean): readonly LeakPiece[] {
    const pieces: LeakPiece[] = [];
    let rest = text;
    this.#held = '';
    for (;;) {
      const found = this.#find(rest);
      if (found === null) {
        const kept = ended ? 0 : beginningAtEnd(rest, openers);
        this.#held = rest.slice(rest.length - kept);
        this.#addText(pieces, rest.slice(0, rest.length - kept));
        return pieces;
      }
      const { format, at } = found;
      const reading = format.read(rest.slice(at), ended);
      if (reading === 'more') {
        this.#addText(pieces, rest.slice(0, at));
        this.#held = rest.slice(at);
        return pieces;
      }
      const isCall = reading !== 'none' && reading.calls.every(({ name }) => this.#toolNames.has(name));
      const length = reading === 'none' ? format.opener.length : reading.length;
      this.#addText(pieces, rest.slice(0, isCall ? at : at + length));
      if (isCall) for (const call of reading.calls) pieces.push(this.#piece(call));
      rest = rest.slice(at + length);
    }
  }

  /** The first opener in the text. */
  #find(text: string): { readonly format: LeakFormat; readonly at: number } | null {
    const start = text.length - text.trimStart().length;
    const first = this.#begun ? undefined : atStart.find(({ opener }) => text.startsWith(opener, start));
    if (first !== undefined) return { format: first, at: start };
    let found: { readonly format: LeakFormat; readonly at: number } | null = null;
    for (const format of anywhere) {
      const at = text.indexOf(format.opener);
      if (at !== -1 && (found === null || at < found.at)) found = { format, at };
    }
    return found;
  }

  #piece({ name, arguments: given }: LeakedCall): LeakPiece {
    const schema = this.#toolNames.get(name)?.inputSchema;
    return { kind: 'call', name, arguments: typeof given === 'string' ? given : typedArguments(given, schema) };
  }

  #addText(pieces: LeakPiece[], text: string): void {
    if (text === '') return;
    if (text.trim() !== '') this.#begun = true;
    const last = pieces.at(-1);
    if (last?.kind === 'text') pieces[pieces.length - 1] = { kind: 'text', text: last.text + text };
    else pieces.push({ kind: 'text', text });
  }
}
