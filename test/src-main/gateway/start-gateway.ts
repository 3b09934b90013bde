import { createHash } from 'node:crypto';
import { createGateway } from '../../../src-main/gateway/app.ts';
import { listen } from '../../../src-main/gateway/listen.ts';
import type { GatewayOptions } from '../../../src-main/gateway/options.ts';
import type { AcceptedKey, GatewayParts } from '../../../src-main/gateway/parts.ts';
import type { Border, ExchangeEnd, ExchangeStart, ExchangeWait, Refusal } from '../../../src-main/gateway/tap.ts';
import type { ListedModel, Route } from '../../../src-main/models/route.types.ts';
import { upstreamProtocol } from '../../../src-main/models/route-to.ts';
import { createSessionMoves } from '../../../src-main/models/session-moves.ts';
import type { Supplies } from '../../../src-main/protocols/conversation/codec.ts';
import type { ConversationError } from '../../../src-main/protocols/conversation/error.ts';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import { kindOf } from '../../../src-main/upstreams/kinds.ts';
import type { UpstreamTarget } from '../../../src-main/upstreams/target.ts';
import { defaultFlags } from '../../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import type { Protocol } from '../../../src-shared/protocol.ts';
import {
  type KeyScope,
  type Settings,
  secretHeaderOf,
  settingsSchema,
  type UpstreamKindId,
} from '../../../src-shared/settings.ts';

/** For a limit of milliseconds, which a machine that is busy with other things may miss once. */
export const busy = { retry: 2 };

export interface Gateway {
  readonly url: string;
  readonly port: number;
  readonly hopId: string;
  readonly starts: ExchangeStart[];
  readonly ends: ExchangeEnd[];
  readonly refusals: Refusal[];
  /** What requests began to wait for. */
  readonly waits: ExchangeWait[];
  readonly bytes: { round: number; border: Border; text: string }[];
  readonly learned: { bytes: number; tokens: number }[];
  setUnavailable(error: ConversationError | null): void;
  /** A request with the good key. */
  post(
    path: string,
    body: unknown,
    init?: { headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Response>;
  close(graceMs?: number): Promise<void>;
}

export interface StartOptions {
  /** The upstream's URL without /v1. */
  readonly upstream: string;
  readonly kind?: UpstreamKindId;
  /** The upstream's name of the model. */
  readonly upstreamModel?: string;
  /** This gateway's own, so that one may stand behind another. */
  readonly hopId?: string;
  /** Tokens in force. */
  readonly contextWindow?: number;
  /** What the user says the upstream is spoken to in. */
  readonly protocol?: Protocol;
  readonly secret?: string;
  readonly gateway?: Partial<Settings['gateway']>;
  readonly timeouts?: Partial<Route['timeouts']>;
  readonly defaults?: JsonObject;
  readonly options?: Partial<GatewayOptions>;
  readonly parts?: Partial<GatewayParts>;
}

export const goodKey = 'dgm_good';
export const chatOnlyKey = 'dgm_chat';
export const foreignModelKey = 'dgm_foreign';

/** A gateway over the real client, with a directory of one model: `up/fake-model`, alias `coder`. */
export async function startGateway(options: StartOptions): Promise<Gateway> {
  const settings = settingsSchema.parse({ gateway: { ...options.gateway } });
  let counter = 0;
  const supplies: Supplies = {
    newId: (prefix) => `${prefix}${(counter++).toString(36).padStart(8, '0')}`,
    hash: (text) => createHash('sha256').update(text).digest('hex').slice(0, 16),
    now: () => Date.now(),
  };
  const hopId = options.hopId ?? 'this-run';
  const target: UpstreamTarget = {
    id: 'up',
    kind: kindOf(options.kind ?? 'openai-compatible'),
    rootUrl: options.upstream,
    apiUrl: `${options.upstream}/v1`,
    headers: {},
    query: {},
    ...(options.protocol !== undefined && { protocol: options.protocol }),
    secretHeader: secretHeaderOf(options.kind ?? 'openai-compatible'),
    secret: async () => (options.secret === undefined ? { kind: 'none' } : { kind: 'secret', value: options.secret }),
    timeouts: { connectMs: 2_000, firstByteMs: 5_000, idleMs: 5_000, ...options.timeouts },
  };
  const route: Route = {
    modelId: 'up/fake-model',
    alias: null,
    target,
    upstreamModel: options.upstreamModel ?? 'fake-model',
    flags: { ...defaultFlags, ...target.kind.flags },
    contextWindow: options.contextWindow ?? null,
    maxOutputTokens: null,
    defaults: options.defaults ?? {},
    timeouts: target.timeouts,
    upstreamProtocol: (client) => upstreamProtocol(target, client),
  };
  const key = (id: string, scopes: readonly KeyScope[], models: boolean): AcceptedKey => ({
    id,
    name: id,
    scopes,
    allowsModel: () => models,
  });
  const keys = new Map([
    [goodKey, key('k_good', ['chat', 'embeddings'], true)],
    [chatOnlyKey, key('k_chat', ['chat'], true)],
    [foreignModelKey, key('k_foreign', ['chat', 'embeddings'], false)],
  ]);
  const starts: ExchangeStart[] = [];
  const ends: ExchangeEnd[] = [];
  const refusals: Refusal[] = [];
  const waits: ExchangeWait[] = [];
  const bytes: Gateway['bytes'] = [];
  const learned: Gateway['learned'] = [];
  let unavailable: ConversationError | null = null;
  const client = createUpstreamClient({ hopId });
  const listed: ListedModel = {
    id: 'up/fake-model',
    modelId: 'up/fake-model',
    displayName: 'fake-model',
    ownedBy: 'up',
    contextWindow: 8192,
    maxOutputTokens: null,
    vision: null,
    reasoning: null,
    tools: true,
  };
  const unknown = (name: string): { readonly ok: false; readonly error: ConversationError } => ({
    ok: false,
    error: { kind: 'unknown-model', message: `model: ${name} is not known. Did you mean up/fake-model?` },
  });
  const { handler } = createGateway(
    {
      settings: () => settings,
      keys: () => ({ check: (presented) => keys.get(presented) ?? null }),
      models: () => ({
        route: async (name) =>
          name === 'up/fake-model' || name === 'coder'
            ? { ok: true, route: { ...route, alias: name === 'coder' ? name : null } }
            : unknown(name),
        describe: async (name) =>
          name.replace('claude-local/', '') === listed.id ? { ok: true, model: listed } : unknown(name),
        list: () => [listed],
      }),
      sessions: createSessionMoves(),
      client,
      tokens: {
        count: async (_route, body) => JSON.stringify(body).length,
        estimate: (_route, { bytes }) => Math.ceil(bytes / 4),
        learn: (_route, size, tokens) => void learned.push({ bytes: size.bytes, tokens }),
      },
      supplies,
      hopId,
      tap: {
        start: (event) => void starts.push(event),
        bytes: (_exchange, round, border, chunk) =>
          void bytes.push({ round, border, text: Buffer.from(chunk).toString('utf8') }),
        waiting: (event) => void (event.waitsFor !== null && waits.push(event)),
        end: (event) => void ends.push(event),
        refused: (event) => void refusals.push(event),
      },
      unavailable: () => unavailable,
      ...options.parts,
    },
    options.options,
  );
  const listening = await listen(handler, '127.0.0.1', 0);
  if (!listening.ok) throw new Error(listening.message);
  const { listener } = listening;
  return {
    url: listener.url,
    port: listener.port,
    hopId,
    starts,
    ends,
    refusals,
    waits,
    bytes,
    learned,
    setUnavailable: (error) => {
      unavailable = error;
    },
    post: (path, body, init = {}) =>
      fetch(listener.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${goodKey}`, ...init.headers },
        body:
          typeof body === 'string' ? body : body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body),
        ...(init.signal !== undefined && { signal: init.signal }),
      }),
    close: async (graceMs = 0) => {
      await listener.close(graceMs);
      await client.close();
    },
  };
}

/** A Messages request whose last user message names a scenario of the fake upstream. */
export function messagesBody(scenario: string, more: JsonObject = {}): JsonObject {
  return {
    model: 'up/fake-model',
    max_tokens: 1000,
    messages: [{ role: 'user', content: `go [[${scenario}]]` }],
    stream: true,
    ...more,
  };
}

/** A Chat request that names a scenario of the fake upstream. */
export function chatBody(scenario: string, more: JsonObject = {}): JsonObject {
  return { model: 'up/fake-model', messages: [{ role: 'user', content: `go [[${scenario}]]` }], stream: true, ...more };
}

/** Resolves when the condition holds; fails after `withinMs`. */
export async function until(condition: () => boolean, withinMs = 2_000): Promise<void> {
  const endsAt = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > endsAt) throw new Error(`did not come to hold within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
