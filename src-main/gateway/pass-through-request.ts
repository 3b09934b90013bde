import type { IncomingHttpHeaders } from 'node:http';
import type { Diagnostic } from '../../src-shared/diagnostic.ts';
import { isObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import { serverKind } from '../../src-shared/server-kinds.ts';
import type { Route } from '../models/route.types.ts';
import { editJson, type JsonEdit } from '../protocols/conversation/edit-json.ts';
import type { PassThroughCodec } from '../protocols/conversation/pass-through.ts';
import { spliceJson } from '../protocols/conversation/splice-json.ts';
import type { Exchange } from './exchange.ts';
import { type Repair, repairEdits } from './native-repairs.ts';

export interface PassedRequest {
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** The query that goes on, with its question mark, or "". */
  readonly query: string;
  /** What of the request was left out. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface PassedRequestOptions {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly codec: PassThroughCodec;
  /** As the client sent it. */
  readonly bytes: Uint8Array;
  readonly body: Readonly<Record<string, unknown>>;
  /** An answer is asked for: an alias's `defaults` are for that. */
  readonly withDefaults: boolean;
  readonly repairs: readonly Repair[];
  /** The slot of llama-server that it is for. */
  readonly slot: number | null;
}

/**
 * What goes to the server: the client's own bytes but for `model`, the defaults that it left out, reasoning state that is not this server's, and what
 * this server is known to refuse; of its headers those that the protocol needs.
 */
export function passedRequest(options: PassedRequestOptions): PassedRequest {
  const { exchange, route, codec, withDefaults, repairs, slot } = options;
  let { bytes, body } = options;
  const apply = (edits: readonly JsonEdit[]): void => {
    if (edits.length === 0) return;
    bytes = editJson(bytes, edits);
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    body = isObject(parsed) ? parsed : {};
  };
  const { edits, stripped } = codec.reasoningEdits(body, {
    id: route.target.id,
    verifies: isNative(route, codec.protocol),
  });
  apply(edits);
  for (const repair of repairs) apply(repairEdits(repair, codec.protocol, body));
  const { members, lost } = codec.defaults(withDefaults ? route.defaults : {});
  const diagnostics = lost.map((name): Diagnostic => {
    return { kind: 'dropped', what: `defaults.${name}`, why: 'The protocol of this upstream has no such parameter.' };
  });
  if (stripped > 0) {
    const why = `${route.target.id} did not make it, and takes no other's.`;
    diagnostics.push({ kind: 'dropped', what: `reasoning of earlier answers (${stripped})`, why });
  }
  return {
    bytes: spliceJson(bytes, route.upstreamModel, { ...members, ...(slot !== null && { id_slot: slot }) }),
    headers: headersOf(exchange.request.headers, route, codec, repairs),
    query:
      isNative(route, codec.protocol) && /[?&]beta=true(?:&|$)/.test(exchange.request.url ?? '') ? '?beta=true' : '',
    diagnostics,
  };
}

/** True where the server speaks the protocol as its inventor does. */
function isNative(route: Route, protocol: Protocol): boolean {
  return protocol !== 'chat' && serverKind(route.target.kind.id).protocols?.includes(protocol) === true;
}

/** The betas that the client asked for and that may go to this server: features of Anthropic's own API, which others refuse (litellm#20021). */
export function betasOf(headers: IncomingHttpHeaders, route: Route): readonly string[] {
  const asked = headers['anthropic-beta'];
  if (asked === undefined || !isNative(route, 'messages')) return [];
  const names = (Array.isArray(asked) ? asked.join(',') : asked).split(',').map((name) => name.trim());
  // Signing in with an account is between the client and Anthropic; this request carries an API key.
  return names.filter((name) => name !== '' && !name.startsWith('oauth-'));
}

function headersOf(
  given: IncomingHttpHeaders,
  route: Route,
  codec: PassThroughCodec,
  repairs: readonly Repair[],
): Record<string, string> {
  const headers: Record<string, string> = { ...codec.ownHeaders };
  for (const name of codec.requestHeaders) {
    const value = given[name];
    if (typeof value === 'string' && value !== '') headers[name] = value;
  }
  const refused = new Set(repairs.flatMap((repair) => (repair.kind === 'beta' ? [repair.name] : [])));
  const betas = betasOf(given, route).filter((name) => !refused.has(name));
  if (betas.length > 0) headers['anthropic-beta'] = betas.join(',');
  return headers;
}
