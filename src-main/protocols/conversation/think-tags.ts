import type { CompatFlags } from '../../../src-shared/compat-flags.ts';

/** A piece of content once reasoning in tags is told apart from text. */
export interface ContentPiece {
  readonly kind: 'text' | 'reasoning';
  readonly text: string;
}

/** The tags under which models write reasoning into their content. */
const tags: readonly { readonly opener: string; readonly closer: string }[] = [
  { opener: '<think>', closer: '</think>' },
  { opener: '<thinking>', closer: '</thinking>' },
  { opener: '<reasoning>', closer: '</reasoning>' },
  { opener: '◁think▷', closer: '◁/think▷' },
];

/**
 * Tells reasoning in tags from text while the content streams (reference protocol.md §4.5). Tags count only where a block starts: at
 * the very start of the content (`auto`, `implicit-open`) or also where text starts again (`always`); text that has begun is never
 * searched, so that code about tags stays as it is. With `implicit-open` the content starts inside reasoning, because the chat
 * template wrote the opener. What may be the beginning of a tag is held back until it is decided.
 */
export class ThinkTagReader {
  readonly #always: boolean;
  #state: 'start' | 'reasoning' | 'after' | 'text';
  #closers: readonly string[];
  /** The opener may still come though reasoning has begun without it. */
  #openerMayCome: boolean;
  #held = '';

  constructor(mode: Exclude<CompatFlags['thinkTags'], 'never'>) {
    this.#always = mode === 'always';
    this.#state = mode === 'implicit-open' ? 'reasoning' : 'start';
    this.#openerMayCome = mode === 'implicit-open';
    this.#closers = tags.map((tag) => tag.closer);
  }

  /** The server tells reasoning apart itself: nothing was opened by the template. */
  reasoningCameApart(): void {
    if (this.#openerMayCome && this.#held === '') this.#state = 'start';
    this.#openerMayCome = false;
  }

  /** Another block came between: what follows starts a text anew. */
  blockBegins(): void {
    if (this.#always && this.#state === 'text') this.#state = 'start';
  }

  push(text: string): readonly ContentPiece[] {
    if (this.#state === 'text') return [{ kind: 'text', text }];
    const pieces: ContentPiece[] = [];
    let rest = this.#held + text;
    this.#held = '';
    while (rest !== '') {
      if (this.#state === 'reasoning') rest = this.#readReasoning(rest, pieces);
      else rest = this.#readStart(rest, pieces);
    }
    return pieces;
  }

  /** The content is over: what was held back was no tag. */
  end(): readonly ContentPiece[] {
    const text = this.#held;
    this.#held = '';
    if (text === '') return [];
    return [{ kind: this.#state === 'reasoning' ? 'reasoning' : 'text', text }];
  }

  #readStart(rest: string, pieces: ContentPiece[]): string {
    const trimmed = rest.trimStart();
    const tag = tags.find(({ opener }) => trimmed.startsWith(opener));
    if (tag !== undefined && (this.#state === 'start' || this.#always)) {
      this.#state = 'reasoning';
      this.#closers = [tag.closer];
      return trimmed.slice(tag.opener.length);
    }
    if (trimmed === '' || tags.some(({ opener }) => opener.startsWith(trimmed))) {
      this.#held = this.#state === 'after' ? trimmed : rest;
      return '';
    }
    // The blank lines between the closing tag and the answer belong to neither.
    pieces.push({ kind: 'text', text: this.#state === 'after' ? trimmed : rest });
    this.#state = 'text';
    return '';
  }

  #readReasoning(rest: string, pieces: ContentPiece[]): string {
    let text = rest;
    if (this.#openerMayCome) {
      const trimmed = text.trimStart();
      const tag = tags.find(({ opener }) => trimmed.startsWith(opener));
      if (tag === undefined && (trimmed === '' || tags.some(({ opener }) => opener.startsWith(trimmed)))) {
        this.#held = text;
        return '';
      }
      this.#openerMayCome = false;
      if (tag !== undefined) {
        this.#closers = [tag.closer];
        text = trimmed.slice(tag.opener.length);
      }
    }
    const found = this.#closers
      .map((closer) => ({ closer, at: text.indexOf(closer) }))
      .filter(({ at }) => at !== -1)
      .sort((one, other) => one.at - other.at)[0];
    if (found === undefined) {
      const kept = beginningAtEnd(text, this.#closers);
      this.#held = text.slice(text.length - kept);
      const reasoning = text.slice(0, text.length - kept);
      if (reasoning !== '') pieces.push({ kind: 'reasoning', text: reasoning });
      return '';
    }
    if (found.at > 0) pieces.push({ kind: 'reasoning', text: text.slice(0, found.at) });
    this.#state = 'after';
    return text.slice(found.at + found.closer.length);
  }
}

/** How many characters at the end of a text may be the beginning of one of the marks. */
export function beginningAtEnd(text: string, marks: readonly string[]): number {
  const longest = Math.max(...marks.map((mark) => mark.length)) - 1;
  for (let length = Math.min(longest, text.length); length > 0; length--) {
    const end = text.slice(text.length - length);
    if (marks.some((mark) => mark.startsWith(end))) return length;
  }
  return 0;
}
