import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientCodec, upstreamCodec } from '../../../src-main/gateway/codecs.ts';
import type { AnswerContext } from '../../../src-main/protocols/conversation/codec.ts';
import type { Part } from '../../../src-main/protocols/conversation/events.ts';
import { foldEvents } from '../../../src-main/protocols/conversation/fold.ts';
import { createSseReader } from '../../../src-main/protocols/sse.ts';
import type { Protocol } from '../../../src-shared/protocol.ts';
import { countingSupplies, testAssembler } from '../../chat-to-messages.ts';
import { clients, type Said } from '../../matrix/clients.ts';

/**
 * What servers really answered says the same to the clients of all protocols, as a stream and as JSON, each read by its SDK. That it is what the
 * server said is held to a plain aggregation of the recordings by the tests of the single pairs (G1–G3).
 */

const protocols: readonly Protocol[] = ['messages', 'chat', 'responses'];
const folders: Readonly<Record<Protocol, string>> = {
  messages: 'anthropic-messages',
  chat: 'openai-chat',
  responses: 'openai-responses',
};
const own = join(import.meta.dirname, '../../fixtures/recorded');
const fixtures = process.env.DRAGOMAN_FIXTURES ?? '';

type Recording = readonly [name: string, wire: Protocol, body: string];

function recordingsIn(folder: string, wire: Protocol, pattern: RegExp): readonly Recording[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => pattern.test(name));
  return names.map((name) => [`${wire} ${name}`, wire, readFileSync(join(folder, name), 'utf8')]);
}

function recordings(kind: 'stream' | 'json'): readonly Recording[] {
  const ending = kind === 'stream' ? /\.sse$/ : /\.response\.json$/;
  return protocols.flatMap((wire) => [
    ...recordingsIn(join(own, folders[wire]), wire, ending),
    ...(fixtures === '' ? [] : recordingsIn(join(fixtures, 'recorded', folders[wire], kind), wire, ending)),
    ...(kind === 'json' || fixtures === '' ? [] : localStreams(wire)),
  ]);
}

/** Streams of real local servers, which are named for the protocol they speak. */
function localStreams(wire: Protocol): readonly Recording[] {
  const folder = join(fixtures, 'model-servers');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => recordingsIn(join(folder, name), wire, new RegExp(`${wire}.*\\.sse$`)));
}

function streamParts(wire: Protocol, body: string): readonly Part[] {
  const reader = createSseReader();
  const decoder = upstreamCodec(wire).createStreamDecoder();
  const items = [...reader.push(new TextEncoder().encode(body)), ...reader.end()];
  return [
    ...items.flatMap((item): readonly Part[] => (item.kind === 'event' ? decoder.push(item.event) : [item])),
    { kind: 'end' },
  ];
}

const jsonParts = (wire: Protocol, body: string): readonly Part[] => [
  ...upstreamCodec(wire).decodeAnswer(JSON.parse(body)),
  { kind: 'end' },
];

function contextOf(protocol: Protocol): AnswerContext {
  const body = clients[protocol].request({ words: 'hi', stream: true });
  const decoded = clientCodec(protocol).decodeRequest(body, countingSupplies());
  if (!decoded.ok) throw new Error(decoded.error.message);
  return { request: decoded.request, userAgent: null, receivedAt: 0 };
}

/** What a client of the protocol is told, both ways; null for an answer that failed. */
async function told(protocol: Protocol, parts: readonly Part[]): Promise<readonly Said[] | null> {
  const codec = clientCodec(protocol);
  const client = clients[protocol];
  const context = contextOf(protocol);
  const assembler = testAssembler({ answerId: `${codec.answerIdPrefix}1` });
  const events = parts.flatMap((part) => assembler.push(part));
  const encoder = codec.createStreamEncoder(countingSupplies(), context);
  const stream = events.map((event) => encoder.encode(event)).join('');
  expect(client.grammar(stream, { unreadableArguments: true })).toEqual([]);
  if (events.some(({ kind }) => kind === 'error')) return null;
  const json = codec.encodeAnswer(foldEvents(events), countingSupplies(), context);
  return [client.said(await client.accumulate(stream)), client.said(json)].map(comparable);
}

/** A call that was cut is shown as far as it came by some SDKs, and by others not at all. */
const comparable = (said: Said): Said => (said.finish === 'length' ? { ...said, calls: [] } : said);

async function saysTheSame(parts: readonly Part[]): Promise<void> {
  const [first, ...others] = await Promise.all(protocols.map((protocol) => told(protocol, parts)));
  for (const other of others) expect(other).toEqual(first);
  if (first !== null && first !== undefined) expect(first[1]).toEqual(first[0]);
}

describe('recorded streams', () => {
  test.each(recordings('stream'))('%s', async (_, wire, body) => saysTheSame(streamParts(wire, body)));
});

describe('recorded answers', () => {
  test.each(recordings('json'))('%s', async (_, wire, body) => saysTheSame(jsonParts(wire, body)));
});
