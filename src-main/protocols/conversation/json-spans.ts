/** Where the values of a JSON text stand in its bytes, so that some can be replaced and every other byte stays. */

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** A value: where it starts, and the position behind it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A member of an object: its name, the position of the name's quote, and where its value stands. */
export interface Member extends Span {
  readonly name: string;
  readonly from: number;
}

/** Where the outermost value starts: behind space and a byte order mark. */
export function startOf(body: Uint8Array): number {
  return skipSpace(body, body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0);
}

/**
 * The members of the object at `at`, and the position of its closing brace.
 *
 * @throws RangeError when there is no object
 */
export function membersOf(
  body: Uint8Array,
  at: number,
): { readonly members: readonly Member[]; readonly close: number } {
  const members: Member[] = [];
  if (body[at] !== openBrace) throw new RangeError('not a JSON object');
  let next = skipSpace(body, at + 1);
  while (body[next] !== closeBrace) {
    const nameEnd = endOfString(body, next);
    const name = nameOf(body, next, nameEnd);
    const start = skipSpace(body, skipSpace(body, nameEnd) + 1);
    const end = endOfValue(body, start);
    members.push({ name, from: next, start, end });
    next = skipSpace(body, end);
    if (body[next] === comma) next = skipSpace(body, next + 1);
    else if (body[next] !== closeBrace) throw new RangeError('not a JSON object');
  }
  return { members, close: next };
}

/**
 * The elements of the array at `at`, and the position of its closing bracket.
 *
 * @throws RangeError when there is no array
 */
export function elementsOf(
  body: Uint8Array,
  at: number,
): { readonly elements: readonly Span[]; readonly close: number } {
  const elements: Span[] = [];
  if (body[at] !== openBracket) throw new RangeError('not a JSON array');
  let next = skipSpace(body, at + 1);
  while (body[next] !== closeBracket) {
    const end = endOfValue(body, next);
    elements.push({ start: next, end });
    next = skipSpace(body, end);
    if (body[next] === comma) next = skipSpace(body, next + 1);
    else if (body[next] !== closeBracket) throw new RangeError('not a JSON array');
  }
  return { elements, close: next };
}

function nameOf(body: Uint8Array, start: number, end: number): string {
  const name: unknown = JSON.parse(new TextDecoder().decode(body.subarray(start, end)));
  if (typeof name !== 'string') throw new RangeError('not a JSON object');
  return name;
}

/** So many bytes of a string are looked at one by one before the native search, which costs more to call, takes over. */
const byHand = 48;

/** Position behind a string's closing quote. */
function endOfString(body: Uint8Array, start: number): number {
  let from = start + 1;
  for (;;) {
    const until = Math.min(from + byHand, body.length);
    while (from < until) {
      const byte = body[from];
      if (byte === quote) return from + 1;
      from += byte === backslash ? 2 : 1;
    }
    const at = body.indexOf(quote, from);
    if (at === -1) throw new RangeError('not a JSON object');
    let before = at - 1;
    while (before >= from && body[before] === backslash) before -= 1;
    if ((at - 1 - before) % 2 === 0) return at + 1;
    from = at + 1;
  }
}

/** Position behind the value at `start`. */
export function endOfValue(body: Uint8Array, start: number): number {
  const first = body[start];
  if (first === quote) return endOfString(body, start);
  if (first !== openBrace && first !== openBracket) return endOfLiteral(body, start);
  let depth = 0;
  let at = start;
  while (at < body.length) {
    const byte = body[at];
    if (byte === quote) {
      at = endOfString(body, at);
      continue;
    }
    if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
  throw new RangeError('not a JSON object');
}

/** Position behind a number, true, false or null. */
function endOfLiteral(body: Uint8Array, start: number): number {
  let at = start;
  while (at < body.length && !endsLiteral(body[at])) at += 1;
  if (at === start) throw new RangeError('not a JSON object');
  return at;
}

function skipSpace(body: Uint8Array, start: number): number {
  let at = start;
  while (isSpace(body[at])) at += 1;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function endsLiteral(byte: number | undefined): boolean {
  return byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte);
}
