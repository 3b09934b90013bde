import type { Protocol } from '../../src-shared/protocol.ts';
import type { Serve, UpstreamEntry } from '../programs/serve.ts';
import type { Side } from './http-client.ts';
import { conversation } from './requests.ts';

/** One way through the gateway: the same conversation to the server in its own protocol, and to the gateway in the client's. */
export interface Direction {
  readonly client: Protocol;
  readonly upstream: Protocol;
  readonly direct: Side;
  readonly gateway: Side;
}

export interface Sent {
  readonly direct: string;
  readonly gateway: string;
}

export const protocols: readonly Protocol[] = ['messages', 'chat', 'responses'];
export const paths: Readonly<Record<Protocol, string>> = {
  messages: '/v1/messages',
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
};

/** The fake upstream, once for each protocol that it is spoken to in. */
export const upstreamsAt = (url: string): readonly UpstreamEntry[] =>
  protocols.map((protocol) => ({ id: protocol, kind: 'openai-compatible', baseUrl: `${url}/v1`, protocol }));

/** Every pair of two protocols, the first being what the project began with. */
export function directions(upstream: string, serve: Serve): readonly Direction[] {
  const headers = { 'x-api-key': serve.key, 'anthropic-version': '2023-06-01' };
  const pairs = protocols.flatMap((client) =>
    protocols.flatMap((to) => (client === to ? [] : [{ client, upstream: to }])),
  );
  return pairs.map((pair) => ({
    ...pair,
    direct: { url: upstream + paths[pair.upstream], headers: {} },
    gateway: { url: serve.url + paths[pair.client], headers },
  }));
}

export const nameOf = ({ client, upstream }: Direction): string => `${client} → ${upstream}`;

/** A conversation (requests.ts) in the words of both sides. */
export function bodiesFor({ client, upstream }: Direction, bytes: number, marker: string, stream: boolean): Sent {
  return {
    direct: conversation(bytes, marker, stream, 'fake-model')[upstream],
    gateway: conversation(bytes, marker, stream, `${upstream}/fake-model`)[client],
  };
}
