import type { JsonObject } from '../../../src-shared/json.ts';
import { joined, membersOf, startOf } from './json-spans.ts';

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
  const { members, close } = membersOf(body, startOf(body));
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
