import type { JsonValue } from '../../../src-shared/json.ts';
import { elementsOf, joined, membersOf, type Span, startOf } from './json-spans.ts';

/** One change of a JSON text. */
export interface JsonEdit {
  /** Names of members and indexes of elements, from the outermost value inwards. */
  readonly path: readonly (string | number)[];
  /** The new value; undefined takes the member or element out. */
  readonly value: JsonValue | undefined;
}

interface Node {
  edit: JsonEdit | null;
  readonly children: Map<string | number, Node>;
}

/**
 * A JSON text with some values replaced or taken out; every byte of the others stays. Where something is taken out of an object or array, the
 * space between its remaining parts may go. A path that leads nowhere changes nothing; of two edits of one place the later counts.
 *
 * @param body UTF-8 bytes of a JSON value that `JSON.parse` accepted
 */
export function editJson(body: Uint8Array, edits: readonly JsonEdit[]): Uint8Array {
  if (edits.length === 0) return body;
  const root: Node = { edit: null, children: new Map() };
  for (const edit of edits) place(root, edit);
  const start = startOf(body);
  const pieces: Uint8Array[] = [];
  const end = write(body, start, root, pieces);
  return joined([body.subarray(0, start), ...pieces, body.subarray(end)]);
}

function place(root: Node, edit: JsonEdit): void {
  let node = root;
  for (const step of edit.path) {
    const child = node.children.get(step) ?? { edit: null, children: new Map() };
    node.children.set(step, child);
    node = child;
  }
  node.edit = edit;
}

interface Part extends Span {
  /** Where the part starts with what belongs to it, a member's name. */
  readonly from: number;
  readonly child: Node | undefined;
}

/** Writes the object or array at `start` with the edits below `node`; returns the position behind it. */
function write(body: Uint8Array, start: number, node: Node, pieces: Uint8Array[]): number {
  const { parts, close } = partsOf(body, start, node);
  const encoder = new TextEncoder();
  const kept = parts.filter(
    ({ child }) => child?.edit === undefined || child.edit === null || child.edit.value !== undefined,
  );
  let at = start;
  for (const [index, part] of kept.entries()) {
    if (kept.length < parts.length) {
      pieces.push(index === 0 ? body.subarray(start, start + 1) : encoder.encode(','));
      at = part.from;
    }
    pieces.push(body.subarray(at, part.start));
    at = part.end;
    if (part.child === undefined) pieces.push(body.subarray(part.start, part.end));
    else if (part.child.edit === null) write(body, part.start, part.child, pieces);
    else pieces.push(encoder.encode(JSON.stringify(part.child.edit.value)));
  }
  if (kept.length === 0 && parts.length > 0) pieces.push(body.subarray(start, start + 1));
  const tail = kept.length < parts.length ? close : at;
  pieces.push(body.subarray(tail, close + 1));
  return close + 1;
}

/** The parts of an object or array; of a plain value, into which no path leads, none. */
function partsOf(
  body: Uint8Array,
  start: number,
  node: Node,
): { readonly parts: readonly Part[]; readonly close: number } {
  if (body[start] === 0x7b) {
    const { members, close } = membersOf(body, start);
    return {
      parts: members.map((member) => ({ ...member, child: inside(body, member, node.children.get(member.name)) })),
      close,
    };
  }
  const { elements, close } = elementsOf(body, start);
  const parts = elements.map((element, index) => ({
    ...element,
    from: element.start,
    child: inside(body, element, node.children.get(index)),
  }));
  return { parts, close };
}

/** A node that leads further is of use only where there is an object or array to lead into. */
function inside(body: Uint8Array, { start }: Span, node: Node | undefined): Node | undefined {
  if (node === undefined || node.edit !== null) return node;
  return body[start] === 0x7b || body[start] === 0x5b ? node : undefined;
}
