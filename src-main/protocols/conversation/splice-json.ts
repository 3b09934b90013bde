import type { JsonObject } from '../../../src-shared/json.ts';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** A member of the outermost object: its name, and where its value starts and ends in the bytes. */
interface Member {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * The body with another `model`, and with the members of `absent` that it lacks, before its closing brace. Every other byte stays: space, order,
 * escapes, number spellings, a byte order mark. All members named `model` are replaced, since parsers differ in which of several counts.
 *
 * @param body UTF-8 bytes of a JSON object that `JSON.parse` accepted (after a byte order mark, if there is one)
 * @param absent members to add where the body has none of that name; `undefined` values are left out
 * @returns new bytes; the body's are not changed. No `model` is added where there is none.
 * @throws RangeError when the bytes are not a JSON object
 */
export function spliceJson(body: Uint8Array, model: string, absent: JsonObject = {}): Uint8Array {
  const { members, close } = membersOf(body);
  const encoder = new TextEncoder();
  const newModel = encoder.encode(JSON.stringify(model));
  const pieces: Uint8Array[] = [];
  let kept = 0;
  for (const member of members) {
    if (member.name !== 'model') continue;
    pieces.push(body.subarray(kept, member.start), newModel);
    kept = member.end;
  }
  const names = new Set(members.map((member) => member.name));
  const added = Object.entries(absent).flatMap(([name, value]) =>
    value === undefined || names.has(name) ? [] : [`${JSON.stringify(name)}:${JSON.stringify(value)}`],
  );
  if (added.length > 0) {
    // Straight behind the last value, so that the space before the closing brace stays where it was.
    const lastEnd = members.at(-1)?.end ?? close;
    pieces.push(body.subarray(kept, lastEnd), encoder.encode(`${members.length > 0 ? ',' : ''}${added.join(',')}`));
    kept = lastEnd;
  }
  pieces.push(body.subarray(kept));
  return joined(pieces);
}

function membersOf(body: Uint8Array): { readonly members: readonly Member[]; readonly close: number } {
  const members: Member[] = [];
  let at = skipSpace(body, body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0);
  if (body[at] !== openBrace) throw new RangeError('not a JSON object');
  at = skipSpace(body, at + 1);
  while (body[at] !== closeBrace) {
    const nameEnd = endOfString(body, at);
    const name = nameOf(body, at, nameEnd);
    const start = skipSpace(body, skipSpace(body, nameEnd) + 1);
    const end = endOfValue(body, start);
    members.push({ name, start, end });
    at = skipSpace(body, end);
    if (body[at] === comma) at = skipSpace(body, at + 1);
    else if (body[at] !== closeBrace) throw new RangeError('not a JSON object');
  }
  return { members, close: at };
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

function endOfValue(body: Uint8Array, start: number): number {
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
  while (at < body.length && body[at] !== comma && body[at] !== closeBrace && !isSpace(body[at])) at += 1;
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

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
