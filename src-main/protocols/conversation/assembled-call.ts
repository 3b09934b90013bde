import type { Diagnostics } from './diagnostics.ts';
import { ObjectProgress } from './object-progress.ts';
import { readToolInput } from './tool-input.ts';
import { WrappedInput } from './wrapped-input.ts';

/** One tool call while its fragments come in. What may already be shown to the client is taken out with `take`. */
export class AssembledCall {
  /** The upstream's id, once it came. */
  id: string | undefined;
  index: number | undefined;
  /** The upstream's name of the tool, once it came. */
  name: string | undefined;
  /** The name that came again after the arguments were complete: the next arguments are those of a new call. */
  nextName: string | undefined;
  /** Whether the arguments are free text (a custom tool) and not a JSON object. */
  freeText = false;
  /** How many fragments brought arguments. */
  fragments = 0;
  readonly #diagnostics: Diagnostics;
  #arguments = '';
  #unsent = '';
  #sent = false;
  #progress = new ObjectProgress();
  #wrapped: WrappedInput | null = null;

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  /** All arguments so far. */
  get arguments(): string {
    return this.#arguments;
  }

  /** The input as the client is to see it, so far: the arguments, or the free text in them. */
  get input(): string {
    return this.#wrapped?.text ?? this.#arguments;
  }

  /** The tool takes free text, which this upstream writes as the one string of its arguments. */
  unwrap(): void {
    if (this.#wrapped !== null) return;
    this.#wrapped = new WrappedInput();
    this.#unsent = this.#wrapped.feed(this.#arguments);
  }

  /** True once the arguments are a whole object: nothing more can belong to this call. */
  get complete(): boolean {
    const { state } = this.#progress;
    if (state !== 'other') return state === 'complete';
    return readToolInput(this.#arguments).kind === 'object';
  }

  /** Takes a fragment of the arguments. What follows a complete object is not part of any call and is left out. */
  append(text: string): void {
    if (text === '') return;
    this.fragments++;
    if (this.freeText) {
      this.#keep(text);
      return;
    }
    if (this.#progress.state === 'complete') {
      if (text.trim() === '') return;
      if (!this.#isPlaceholder || !text.trimStart().startsWith('{')) {
        this.#diagnostics.add('repaired', 'tool call arguments', 'Text after the complete arguments was left out.');
        return;
      }
      // Some gateways start a call with "{}" and send the real arguments afterwards.
      this.#diagnostics.add('repaired', 'tool call arguments', 'An empty object before the arguments was left out.');
      this.#arguments = '';
      this.#unsent = '';
      if (this.#wrapped !== null) this.#wrapped = new WrappedInput();
      this.#progress = new ObjectProgress();
    }
    const length = this.#progress.feed(text);
    if (length === text.length) {
      this.#keep(text);
      return;
    }
    this.#keep(text.slice(0, length));
    this.append(text.slice(length));
  }

  /** What may be shown and was not yet: arguments of an object as they come; nothing while they may still turn out to be empty. */
  take(): string {
    if (this.#unsent === '') return '';
    if (!this.freeText && this.#wrapped === null) {
      const { state } = this.#progress;
      if (state === 'empty' || state === 'other' || this.#isPlaceholder) return '';
      // A call that came whole is held back where it needs mending: what was shown can't be mended.
      if (state === 'complete' && !this.#sent && this.#needsMending) return '';
      if (!this.#sent && this.#arguments.length < 16 && this.#arguments.trim() === '{') return ''; // perhaps of "{}"
    }
    const text = this.#unsent;
    this.#unsent = '';
    this.#sent = true;
    return text;
  }

  /** Ends the call: its whole input, and what of it has not been shown yet. */
  close(): { readonly input: string; readonly rest: string } {
    const rest = this.#unsent;
    this.#unsent = '';
    if (this.#wrapped !== null) {
      const last = rest + this.#wrapped.end();
      return { input: this.#wrapped.text, rest: last };
    }
    if (this.freeText) return { input: this.#arguments, rest };
    const read = readToolInput(this.#arguments);
    if (read.kind === 'unreadable' || (read.repaired && this.#sent)) {
      this.#diagnostics.add(
        'approximated',
        'tool call arguments',
        'They are no JSON object; they were passed on as they came.',
      );
      return { input: this.#arguments, rest };
    }
    if (this.#sent) return { input: this.#arguments, rest };
    if (read.repaired) this.#diagnostics.add('repaired', 'tool call arguments', 'A slip in their JSON was mended.');
    return { input: read.text, rest: read.text };
  }

  get #needsMending(): boolean {
    const read = readToolInput(this.#arguments);
    return read.kind === 'object' && read.repaired;
  }

  get #isPlaceholder(): boolean {
    return !this.#sent && this.#arguments.length < 16 && /^\s*\{\s*\}$/.test(this.#arguments);
  }

  #keep(text: string): void {
    this.#arguments += text;
    this.#unsent += this.#wrapped?.feed(text) ?? text;
  }
}
