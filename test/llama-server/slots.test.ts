import { afterAll, beforeAll, expect, test } from 'vitest';
import { createModelDirectory } from '../../src-main/models/route.ts';
import { createUpstreamClient } from '../../src-main/upstreams/client.ts';
import { llamaCpp } from '../../src-main/upstreams/llama-cpp.ts';
import { createProbe } from '../../src-main/upstreams/probe.ts';
import { type LlamaServer, startLlamaServer } from '../programs/llama-server.ts';
import { type Gateway, startGateway, until } from '../src-main/gateway/start-gateway.ts';
import { world } from '../src-main/models/servers.ts';

/** A real llama-server with two slots, and a conversation, its title call and a subagent with the same tools. */
let llama: LlamaServer;
let gateway: Gateway;
const client = createUpstreamClient({ hopId: 'this-run' });

beforeAll(async () => {
  llama = await startLlamaServer({ model: 'scripted', context: 16_384, flags: ['--parallel', '2', '--threads', '1'] });
  const settings = { upstreams: [{ id: 'box', kind: 'llama-cpp', baseUrl: llama.url }] };
  const [server] = world(settings, {}).snapshot.servers;
  if (server === undefined) throw new Error('the settings have a server');
  const limits = { connectMs: 5_000, firstByteMs: 5_000, idleMs: 5_000 };
  const probe = createProbe(client, server.target, { timeouts: limits, signal: AbortSignal.timeout(30_000) });
  const made = world(settings, { box: await llamaCpp.inspect(probe) });
  const directory = createModelDirectory({
    settings: () => made.settings,
    snapshot: () => made.snapshot,
    firstScan: Promise.resolve(),
  });
  gateway = await startGateway({ upstream: llama.url, parts: { models: () => directory } });
}, 120_000);

afterAll(async () => {
  await gateway?.close();
  await client.close();
  await llama?.stop();
});

const words = (word: string, count: number): string =>
  Array.from({ length: count }, (_, at) => `${word}${at}`).join(' ');
const tools = words('tool', 150);

test('neither a title call nor a subagent with the same tools costs a conversation its prompt', {
  timeout: 120_000,
}, async () => {
  const evaluated = new Map<string, number[]>();
  async function ask(name: string, system: string, messages: readonly unknown[]): Promise<void> {
    const before = llama.evaluations().length;
    const body = { model: 'box/scripted', max_tokens: 8, stream: true, system, messages };
    const response = await gateway.post('/v1/messages', body);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('message_stop')]);
    await until(() => llama.evaluations().length > before);
    const cost = llama.evaluations().at(-1)?.evaluated ?? Number.NaN;
    evaluated.set(name, [...(evaluated.get(name) ?? []), cost]);
  }
  const more = (said: string) => [
    { role: 'assistant', content: 'ok' },
    { role: 'user', content: `${said} [[hello]]` },
  ];
  const main = [{ role: 'user', content: `${words('main', 150)} [[hello]]` }];
  const subagent = [{ role: 'user', content: `${words('sub', 100)} [[hello]]` }];
  await ask('main', tools, main);
  await ask('title', 'Say a title.', [{ role: 'user', content: `${words('title', 20)} [[hello]]` }]);
  await ask('subagent', tools, subagent);
  await ask('main', tools, [...main, ...more('next')]);
  await ask('subagent', tools, [...subagent, ...more('next')]);
  await ask('main', tools, [...main, ...more('next'), ...more('last')]);
  const [whole = 0, ...turns] = evaluated.get('main') ?? [];
  expect(whole).toBeGreaterThan(1500);
  for (const cost of [...turns, ...(evaluated.get('subagent') ?? []).slice(1)]) expect(cost).toBeLessThan(60);
});
