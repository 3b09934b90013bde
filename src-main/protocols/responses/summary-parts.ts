/** What comes next of a reasoning's summary: text of its part, or the border to the next part. */
export type SummaryPiece = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'next-part' };

/** A blank line before a `**title**`: where OpenAI's own models begin a new part, whose title Codex shows as what is being done. */
const border = /\n\n(?=\*\*[^*\n]{1,100}\*\*)/;
/** The end of a text that may yet become a border. */
const maybeBorder = /\n(?:\n(?:\*(?:\*[^*\n]{0,100}\*?)?)?)?$/;

/** Divides reasoning, as it streams, into the parts of a summary. Joined by blank lines the parts are the reasoning again. */
export class SummaryParts {
  #held = '';
  #isPartEmpty = true;

  push(text: string): readonly SummaryPiece[] {
    const pieces: SummaryPiece[] = [];
    let rest = this.#held + text;
    for (;;) {
      const found = border.exec(rest);
      if (found === null || (found.index === 0 && this.#isPartEmpty)) break;
      this.#add(pieces, rest.slice(0, found.index));
      pieces.push({ kind: 'next-part' });
      this.#isPartEmpty = true;
      rest = rest.slice(found.index + 2);
    }
    const held = maybeBorder.exec(rest)?.index ?? rest.length;
    this.#add(pieces, rest.slice(0, held));
    this.#held = rest.slice(held);
    return pieces;
  }

  /** What was held back because a border could have begun with it. */
  end(): readonly SummaryPiece[] {
    const pieces: SummaryPiece[] = [];
    this.#add(pieces, this.#held);
    this.#held = '';
    return pieces;
  }

  #add(pieces: SummaryPiece[], text: string): void {
    if (text === '') return;
    pieces.push({ kind: 'text', text });
    this.#isPartEmpty = false;
  }
}

/** The parts of a whole reasoning; none of an empty one. */
export function summaryParts(text: string): readonly string[] {
  const parts = new SummaryParts();
  const texts: string[] = [];
  let current = '';
  for (const piece of [...parts.push(text), ...parts.end()]) {
    if (piece.kind === 'text') current += piece.text;
    else {
      texts.push(current);
      current = '';
    }
  }
  return text === '' ? [] : [...texts, current];
}
