/**
 * Follows JSON text that comes in pieces and tells when the object it holds is complete, so that a call's end is known before the
 * server says it. Only nesting is followed; whether the text is valid JSON is for the reader of the whole.
 */
export class ObjectProgress {
  /** `empty`: nothing but whitespace so far. `other`: it starts with something that is no object. */
  state: 'empty' | 'inside' | 'complete' | 'other' = 'empty';
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** Takes the next piece; returns how many of its characters belong to the object: all, or those up to its last brace. */
  feed(text: string): number {
    let at = 0;
    if (this.state === 'empty') {
      while (at < text.length && isSpace(text.charCodeAt(at))) at++;
      if (at === text.length) return at;
      this.state = text.charCodeAt(at) === openBrace ? 'inside' : 'other';
    }
    if (this.state !== 'inside') return text.length;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === backslash) this.#escaped = true;
        else if (code === quote) this.#inString = false;
      } else if (code === quote) {
        this.#inString = true;
      } else if (code === openBrace || code === openBracket) {
        this.#depth++;
      } else if (code === closeBrace || code === closeBracket) {
        this.#depth--;
        if (this.#depth === 0) {
          this.state = 'complete';
          return at + 1;
        }
      }
    }
    return at;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
