import type { Supplies } from './codec.ts';

/**
 * Tool call ids in both directions, without state. Clients want `^[a-zA-Z0-9_-]{1,64}$` (Anthropic) and ids that are unique in the
 * conversation; model servers send what they like (`functions.Bash:0`, `call_0` in every answer) and want their own ids back.
 * An id that a client can't take travels as `dg<n>_` + base64url(id), where n tells repeated ids apart.
 */
const clientSafe = /^[a-zA-Z0-9_-]{1,64}$/;
const carried = /^dg\d+_([A-Za-z0-9_-]+)$/;

/**
 * The id a client is shown for an upstream's tool call: the same one where it may be shown and is new, else one that carries it.
 * Ids too long to be carried become a hash (they are not restored, but stay paired). An upstream without an id gets a fresh one.
 * @param used ids that the conversation already holds, as clients know them.
 */
export function clientCallId(upstreamId: string, used: ReadonlySet<string>, supplies: Supplies): string {
  if (upstreamId === '') return supplies.newId('toolu_');
  if (clientSafe.test(upstreamId) && !carried.test(upstreamId) && !used.has(upstreamId)) return upstreamId;
  const body = toBase64Url(upstreamId);
  for (let count = 0; count <= used.size; count++) {
    const id = `dg${count}_${body}`;
    const fitting = id.length <= 64 ? id : `toolu_${supplies.hash(`${upstreamId}\n${count}`)}`;
    if (!used.has(fitting)) return fitting;
  }
  return supplies.newId('toolu_');
}

/** The upstream's id in an id that `clientCallId` made; any other id as it is. */
export function upstreamCallId(clientId: string): string {
  const body = carried.exec(clientId)?.[1];
  if (body === undefined) return clientId;
  return fromBase64Url(body) ?? clientId;
}

/** What an upstream demands of tool call ids: `CompatFlags.toolCallIds`, and `messages` for all that speak Anthropic's protocol. */
export type CallIdRule = 'any' | 'nine-alphanumeric' | 'messages';

/** Longest id that OpenAI takes, in characters. */
const longestId = 40;
const nineAlphanumeric = /^[a-zA-Z0-9]{9}$/;

/**
 * The id a call goes upstream with: the upstream's own where we carried one, shortened or hashed where the rule asks for it, and
 * different from all ids in `taken`. Depends on nothing but what came before it, so that a longer history keeps its ids.
 */
export function encodedCallId(
  clientId: string,
  rule: CallIdRule,
  taken: ReadonlySet<string>,
  supplies: Supplies,
): string {
  const id = upstreamCallId(clientId);
  const fits = fitsRule(id, rule);
  if (fits && !taken.has(id)) return id;
  for (let count = fits ? 2 : 1; ; count++) {
    const hash = supplies.hash(count === 1 ? id : `${id}\n${count}`);
    const candidate =
      rule === 'nine-alphanumeric' ? hash.slice(0, 9) : `${rule === 'messages' ? 'toolu' : 'call'}_${hash}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function fitsRule(id: string, rule: CallIdRule): boolean {
  switch (rule) {
    case 'any':
      return id !== '' && id.length <= longestId;
    case 'nine-alphanumeric':
      return nineAlphanumeric.test(id);
    case 'messages':
      return clientSafe.test(id);
  }
}

function toBase64Url(text: string): string {
  const binary = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(body: string): string | null {
  try {
    const binary = atob(body.replaceAll('-', '+').replaceAll('_', '/'));
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)));
  } catch {
    return null; // a client's own id that only looks like ours
  }
}
