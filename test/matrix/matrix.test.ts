import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { UpstreamKindId } from '../../src-shared/settings.ts';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import { type Gateway, startGateway, until } from '../src-main/gateway/start-gateway.ts';
import { faultsOf as chatFaults } from '../src-main/protocols/chat/check-request.ts';
import { faultsOf as messagesFaults } from '../src-main/protocols/messages/check-upstream-request.ts';
import { type Cell, cells, type Pair } from './cells.ts';
import { clients, type MatrixClient } from './clients.ts';

/**
 * Every protocol of clients in front of every protocol of upstreams (cells.ts), through the whole gateway. With MATRIX=print the outcome is
 * printed as a table.
 */

const protocols: readonly Protocol[] = ['messages', 'chat', 'responses'];
const kinds: Readonly<Record<Protocol, UpstreamKindId>> = {
  messages: 'anthropic',
  chat: 'openai-compatible',
  responses: 'openai',
};
const faultsOf: Readonly<Record<Protocol, (body: unknown) => readonly string[]>> = {
  messages: messagesFaults,
  chat: chatFaults,
  responses: () => [],
};

let fake: FakeUpstream;
const gateways = new Map<Protocol, Gateway>();
const held = new Map<string, string>();

beforeAll(async () => {
  fake = await startFakeUpstream();
  for (const upstreamProtocol of protocols)
    gateways.set(
      upstreamProtocol,
      await startGateway({ upstream: fake.url, kind: kinds[upstreamProtocol], protocol: upstreamProtocol }),
    );
});
afterEach(() => fake.clear());
afterAll(async () => {
  for (const gateway of gateways.values()) await gateway.close();
  await fake.close();
  if (process.env.MATRIX === 'print') console.log(table());
});

describe.each(protocols)('a %s client', (clientProtocol) => {
  describe.each(protocols)('in front of an upstream that speaks %s', (upstreamProtocol) => {
    describe.each([true, false])('streamed: %s', (stream) => {
      test.each(cells)('$feature', async (cell) => {
        const pair: Pair = `${clientProtocol} → ${upstreamProtocol}`;
        const gateway = gateways.get(upstreamProtocol);
        if (gateway === undefined) throw new Error('no gateway');
        const run = { cell, pair, stream, gateway, client: clients[clientProtocol], clientProtocol, upstreamProtocol };
        if (cell.leaves === true) await leaves(run);
        else if (cell.failure !== undefined) await fails(run, cell.failure);
        else await answers(run);
        const ended = gateway.ends.at(-1);
        expect(ended?.diagnostics.map(({ what }) => what)).toEqual(cell.diagnostics?.[pair] ?? []);
        held.set(`${cell.feature} ${pair} ${stream}`, ended?.diagnostics.map(({ what }) => what).join(', ') ?? '');
      });
    });
  });
});

describe.each(protocols)('G10: a %s client gets at once what the server has said', (clientProtocol) => {
  test.each(protocols)('in %s', async (upstreamProtocol) => {
    const gateway = gateways.get(upstreamProtocol);
    const client = clients[clientProtocol];
    const leaving = new AbortController();
    const body = client.request({ words: 'go [[stall]]', stream: true });
    const response = await gateway?.post(client.path, body, { signal: leaving.signal });
    const reader = response?.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('and then ')) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) throw new Error(`the answer ended with ${text}`);
      text += value;
    }
    leaving.abort();
    await until(() => fake.aborts().length > 0);
  });
});

interface Run {
  readonly cell: Cell;
  readonly pair: Pair;
  readonly stream: boolean;
  readonly gateway: Gateway;
  readonly client: MatrixClient;
  readonly clientProtocol: Protocol;
  readonly upstreamProtocol: Protocol;
}

function request({ cell, client, stream }: Run): JsonObject {
  if (typeof cell.scenario !== 'string') fake.enqueue(cell.scenario);
  const words = typeof cell.scenario === 'string' ? `go [[${cell.scenario}]]` : 'go';
  return client.request({ words, stream, ...cell.ask });
}

/** One round: the answer that the protocol's SDK reads. What goes through untranslated must be what the upstream sent. */
async function ask(run: Run, body: JsonObject): Promise<JsonObject> {
  const { gateway, client, stream, clientProtocol, upstreamProtocol } = run;
  gateway.bytes.length = 0;
  const response = await gateway.post(client.path, body);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  const sent = JSON.parse(fake.requests().at(-1)?.body ?? '{}');
  expect(sent.model).toBe('fake-model');
  if (clientProtocol === upstreamProtocol && run.cell.reshaped !== true) {
    const came = gateway.bytes.filter(({ border }) => border === 'server-to-gateway');
    expect(text).toBe(came.map((chunk) => chunk.text).join(''));
  } else if (clientProtocol !== upstreamProtocol) {
    expect(faultsOf[upstreamProtocol](sent)).toEqual([]);
    if (stream) expect(client.grammar(text)).toEqual([]);
  }
  return stream ? client.accumulate(text) : JSON.parse(text);
}

async function answers(run: Run): Promise<void> {
  const { cell, client, upstreamProtocol } = run;
  const body = request(run);
  const answer = await ask(run, body);
  const said = client.said(answer);
  const calls = said.calls.map(({ name, input }) => ({ name, input }));
  expect({ ...said, calls }).toMatchObject(cell.said ?? {});
  if (cell.results !== undefined) {
    const results = cell.results.map((result, at) => ({ id: said.calls[at]?.id ?? '', ...result }));
    const last = await ask(run, client.next(body, answer, results));
    expect(client.said(last)).toMatchObject({ text: 'The tool has answered.', calls: [], finish: 'stop' });
  }
  const sent: JsonObject = JSON.parse(fake.requests().at(-1)?.body ?? '{}');
  expect(sent).toMatchObject(cell.sent?.[upstreamProtocol] ?? {});
}

async function fails(run: Run, { status, words }: NonNullable<Cell['failure']>): Promise<void> {
  const { client, clientProtocol, upstreamProtocol, stream, gateway } = run;
  const response = await gateway.post(client.path, request(run));
  const text = await response.text();
  expect(text).toMatch(words[clientProtocol]);
  if (response.status === 200) {
    expect(stream).toBe(true);
    if (clientProtocol !== upstreamProtocol) expect(client.grammar(text)).toEqual([]);
    const answer = await client.accumulate(text).catch(() => null);
    if (answer !== null) expect(client.said(answer).finish).toBe('failed');
  } else expect(response.status).toBe(status);
  await until(() => gateway.ends.at(-1)?.outcome === 'failed');
}

async function leaves(run: Run): Promise<void> {
  const { client, gateway, stream } = run;
  const leaving = new AbortController();
  const before = gateway.ends.length;
  const posted = gateway.post(client.path, request(run), { signal: leaving.signal });
  posted.catch(() => null);
  if (stream) await (await posted).body?.getReader().read();
  else await until(() => fake.requests().length > 0);
  leaving.abort();
  await until(() => fake.aborts().length > 0 && gateway.ends.length > before);
  expect(gateway.ends.at(-1)?.outcome).toBe('aborted');
}

function table(): string {
  const pairs = protocols.flatMap((client) => protocols.map((upstream): Pair => `${client} → ${upstream}`));
  const rows = cells.map(({ feature }) => {
    const columns = pairs.map((pair) => {
      const outcomes = [true, false].map((stream) => held.get(`${feature} ${pair} ${stream}`));
      if (outcomes.includes(undefined)) return '✗';
      return outcomes.some((what) => what !== '') ? `≈ ${[...new Set(outcomes)].join('; ')}` : '✓';
    });
    return `| ${[feature, ...columns].join(' | ')} |`;
  });
  return [`| | ${pairs.join(' | ')} |`, `|---|${pairs.map(() => '---|').join('')}`, ...rows].join('\n');
}
