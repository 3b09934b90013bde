import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { ToolNames } from './codec.ts';
import { LeakedToolCallReader, type LeakPiece } from './leaked-tool-calls.ts';
import { type ContentPiece, ThinkTagReader } from './think-tags.ts';

export type ContentFlags = Pick<CompatFlags, 'thinkTags' | 'leakedToolCalls' | 'toolFormat'>;
export type ContentPieces = readonly (LeakPiece | ContentPiece)[];

/** Takes apart what a server sends as content: reasoning in tags, leaked tool calls, and text. Which of them is looked for, flags say. */
export class ContentReader {
  readonly #tags: ThinkTagReader | null;
  readonly #leaks: LeakedToolCallReader | null;

  constructor(flags: ContentFlags, toolNames: ToolNames) {
    this.#tags = flags.thinkTags === 'never' ? null : new ThinkTagReader(flags.thinkTags);
    // A model that was shown its calls as text writes them as text.
    const looks = flags.leakedToolCalls || flags.toolFormat !== 'native';
    this.#leaks = looks && toolNames.size > 0 ? new LeakedToolCallReader(toolNames) : null;
  }

  /** @param beginsBlock whether another block came since the last text */
  push(text: string, beginsBlock: boolean): ContentPieces {
    if (beginsBlock) this.#tags?.blockBegins();
    return this.#withoutLeaks(this.#tags === null ? [{ kind: 'text', text }] : this.#tags.push(text));
  }

  /** The server sends reasoning in a field of its own. */
  reasoningCameApart(): void {
    this.#tags?.reasoningCameApart();
  }

  /** Gives out what was held back as a possible beginning of a tag or call. */
  end(): ContentPieces {
    if (this.#tags === null && this.#leaks === null) return [];
    const pieces = this.#withoutLeaks(this.#tags?.end() ?? []);
    return this.#leaks === null ? pieces : [...pieces, ...this.#leaks.end()];
  }

  #withoutLeaks(pieces: readonly ContentPiece[]): ContentPieces {
    const leaks = this.#leaks;
    if (leaks === null) return pieces;
    return pieces.flatMap((piece): ContentPieces => (piece.kind === 'text' ? leaks.push(piece.text) : [piece]));
  }
}
