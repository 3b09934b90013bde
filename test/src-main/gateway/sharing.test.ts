import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TokenCounter } from '../../../src-main/gateway/parts.ts';
import { createModelDirectory } from '../../../src-main/models/route.ts';
import type { Route } from '../../../src-main/models/route.types.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { down, model, up, world } from '../models/servers.ts';
import { type Gateway, startGateway, until } from './start-gateway.ts';

/** An alias whose requests two servers share. */
let one: FakeUpstream;
let two: FakeUpstream;
let gateway: Gateway;

beforeEach(async () => {
  [one, two] = await Promise.all([startFakeUpstream(), startFakeUpstream()]);
});
afterEach(async () => {
  await gateway.close();
  await Promise.all([one.close(), two.close()]);
});

async function share(
  options: {
    readonly oneUrl?: string;
    readonly oneIsDown?: boolean;
    readonly concurrency?: number;
    readonly count?: TokenCounter['count'];
  } = {},
) {
  const concurrency = options.concurrency ?? null;
  const { settings, snapshot } = world(
    {
      upstreams: [
        { id: 'one', kind: 'vllm', baseUrl: options.oneUrl ?? one.url, concurrency },
        { id: 'two', kind: 'vllm', baseUrl: two.url, concurrency },
      ],
      models: [
        { id: 'coder', upstream: 'one', model: 'm', sharedWith: ['two/m', 'nowhere/m'], defaults: { seed: 7 } },
        { id: 'away', upstream: 'gone', model: 'm', sharedWith: ['one/m', 'two/m'] },
      ],
    },
    { one: options.oneIsDown === true ? { ...down, models: [model('m')] } : up(model('m')), two: up(model('m')) },
  );
  const models = createModelDirectory({
    settings: () => settings,
    snapshot: () => snapshot,
    firstScan: Promise.resolve(),
  });
  const { count } = options;
  const tokens = { estimate: () => 1, learn: () => undefined };
  gateway = await startGateway({
    upstream: one.url,
    parts: { models: () => models, ...(count !== undefined && { tokens: { ...tokens, count } }) },
  });
}

async function ask(said: string, name = 'coder'): Promise<Response> {
  const messages = [{ role: 'user', content: said }];
  return gateway.post('/v1/messages', { model: name, max_tokens: 100, stream: true, messages });
}

async function askAll(...all: readonly string[]): Promise<void> {
  for (const said of all) expect(await (await ask(said)).text()).toContain('message_stop');
}

const bodiesOf = (server: FakeUpstream) => server.requests().map(({ body }) => JSON.parse(body));
const saidTo = (server: FakeUpstream) => bodiesOf(server).map(({ messages }) => messages.at(-1).content);

describe('an alias with several servers', () => {
  test('sends new conversations to them in turn, and each to where it began', async () => {
    await share();
    await askAll('a', 'b', 'c', 'a', 'b', 'c', 'c');
    expect([saidTo(one), saidTo(two)]).toEqual([
      ['a', 'c', 'a', 'c', 'c'],
      ['b', 'b'],
    ]);
    expect(bodiesOf(two)[0]).toMatchObject({ model: 'm', seed: 7 });
    await until(() => gateway.ends.length === 7);
    expect(gateway.ends.map(({ modelId }) => modelId)).toEqual([
      'one/m',
      'two/m',
      'one/m',
      'one/m',
      'two/m',
      'one/m',
      'one/m',
    ]);
    expect(gateway.ends.every(({ diagnostics }) => diagnostics.length === 0)).toBe(true);
  });

  test('sends to the one with fewer requests under way, and a conversation elsewhere only while its own is full', async () => {
    await share({ concurrency: 1 });
    const waiting = await ask('a [[pause ms=800]]');
    await until(() => one.requests().length === 1);
    await askAll('b', 'c', 'b', 'a [[pause ms=800]]');
    expect(saidTo(one)).toHaveLength(1);
    expect(saidTo(two)).toHaveLength(4);
    await waiting.text();
    await askAll('d');
    expect(saidTo(one)).toHaveLength(2);
  });

  test('asks another where one can’t be reached, and passes over one that is known to be away', async () => {
    const away = await startFakeUpstream();
    await away.close();
    await share({ oneUrl: away.url });
    await askAll('a', 'b', 'c');
    expect(saidTo(two)).toEqual(['a', 'b', 'c']);
    await until(() => gateway.ends.length === 3);
    expect(gateway.ends[0]?.diagnostics).toMatchObject([{ what: 'nowhere/m' }, { what: 'one/m' }]);
    await gateway.close();
    await share({ oneUrl: away.url, oneIsDown: true });
    await askAll('d', 'e');
    await until(() => gateway.ends.length === 2);
    expect(gateway.ends.map(({ rounds }) => rounds)).toEqual([1, 1]);
  });

  test('asks another at once while one loads its model, and waits only where all of them do', async () => {
    one.setLoading(true);
    await share();
    const began = performance.now();
    await askAll('a', 'b', 'c');
    expect(performance.now() - began).toBeLessThan(2000);
    expect(saidTo(two)).toEqual(['a', 'b', 'c']);
    two.setLoading(true);
    setTimeout(() => two.setLoading(false), 300);
    setTimeout(() => one.setLoading(false), 300);
    await askAll('d');
  });

  test('counts tokens at the conversation’s server, and at one that is there before it has one', async () => {
    const counted: string[] = [];
    const count = async (route: Route): Promise<number> => counted.push(route.modelId);
    await share({ count });
    await askAll('a', 'b');
    const messages = (said: string) => [{ role: 'user', content: said }];
    for (const said of ['b', 'a', 'new'])
      await gateway.post('/v1/messages/count_tokens', { model: 'coder', messages: messages(said) });
    expect(counted).toEqual(['two/m', 'one/m', 'one/m']);
    await gateway.close();
    await share({ count, oneIsDown: true });
    await gateway.post('/v1/messages/count_tokens', { model: 'coder', messages: messages('new') });
    expect(counted.at(-1)).toBe('two/m');
  });

  test('shares among those that are left where its own server is none of the settings', async () => {
    await share();
    for (const said of ['a', 'b']) await (await ask(said, 'away')).text();
    expect([saidTo(one), saidTo(two)]).toEqual([['a'], ['b']]);
  });
});
