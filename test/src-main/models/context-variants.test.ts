import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createContextVariants } from '../../../src-main/models/context-variants.ts';
import { createModelDirectory } from '../../../src-main/models/route.ts';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import { createDetection, type Detection } from '../../../src-main/upstreams/detection.ts';
import { settingsSchema } from '../../../src-shared/settings.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { chatBody, type Gateway, messagesBody, startGateway, until } from '../gateway/start-gateway.ts';

/** A gateway before an Ollama whose model shall have another context window than it has. */
let ollama: FakeUpstream;
let detection: Detection;
let gateway: Gateway;
const client = createUpstreamClient({ hopId: 'this-run' });

beforeEach(async () => {
  ollama = await startFakeUpstream({ personality: 'ollama', models: ['qwen3:4b', 'other:1b'], contextWindow: 4096 });
});
afterEach(async () => {
  await gateway.close();
  detection.stop();
  await ollama.close();
});

async function open(models: Record<string, unknown>): Promise<void> {
  const settings = settingsSchema.parse({
    detection: { enabled: false },
    upstreams: [{ id: 'box', kind: 'ollama', baseUrl: ollama.url, models }],
  });
  detection = createDetection({
    client,
    settings: () => settings,
    resolveSecret: () => Promise.resolve({ kind: 'none' }),
    ownPort: () => null,
  });
  await detection.refresh();
  const directory = createModelDirectory({
    settings: () => settings,
    snapshot: detection.snapshot,
    firstScan: Promise.resolve(),
  });
  const variant = createContextVariants({ client, detection }).make;
  gateway = await startGateway({ upstream: ollama.url, parts: { models: () => directory, variant } });
}

const ask = async (path: string, body: Record<string, unknown>, model = 'box/qwen3:4b') =>
  (await gateway.post(path, { ...body, model })).text();
const bodiesOf = (path: string) =>
  ollama
    .requests()
    .filter((request) => request.path === path)
    .map(({ body }) => JSON.parse(body));

describe('the `contextWindow` of a model of an Ollama', () => {
  it('is that of a variant, which is made before its first request and asked from then on', async () => {
    await open({ 'qwen3:4b': { contextWindow: 65_536 } });
    await Promise.all([ask('/v1/messages', messagesBody('hello')), ask('/v1/chat/completions', chatBody('hello'))]);
    await ask('/v1/messages', messagesBody('hello'));
    expect(bodiesOf('/api/create')).toEqual([
      { model: 'qwen3:4b-ctx65536', from: 'qwen3:4b', parameters: { num_ctx: 65_536 }, stream: false },
    ]);
    expect(bodiesOf('/v1/chat/completions').map(({ model }) => model)).toEqual(Array(3).fill('qwen3:4b-ctx65536'));
    expect(gateway.ends.map(({ modelId }) => modelId)).toEqual(Array(3).fill('box/qwen3:4b'));
    expect(gateway.ends.flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
  });

  it('is no more than the model was trained for', async () => {
    await open({ 'qwen3:4b': { contextWindow: 10_000_000 } });
    await ask('/v1/messages', messagesBody('hello'));
    const [{ parameters }] = bodiesOf('/api/create');
    expect(parameters.num_ctx).toBeLessThan(10_000_000);
  });

  it('makes nothing where the model has it, or none is wanted', async () => {
    await open({ 'qwen3:4b': { contextWindow: 4096 } });
    await ask('/v1/messages', messagesBody('hello'));
    await ask('/v1/messages', messagesBody('hello'), 'box/other:1b');
    expect(bodiesOf('/api/create')).toEqual([]);
    expect(bodiesOf('/v1/chat/completions').map(({ model }) => model)).toEqual(['qwen3:4b', 'other:1b']);
  });

  it('that can’t be had is told, and the model asked as it is', async () => {
    await open({ 'qwen3:4b': { contextWindow: 65_536 } });
    await ollama.close();
    ollama = await startFakeUpstream({ personality: 'openai', models: ['qwen3:4b'], port: ollama.port });
    expect(await ask('/v1/messages', messagesBody('hello'))).toContain('message_stop');
    await until(() => gateway.ends.length === 1);
    expect(gateway.ends[0]?.diagnostics).toMatchObject([
      {
        kind: 'approximated',
        what: 'a context window of 65536 tokens',
        why: expect.stringMatching(/was asked with the window it has.*api.create/),
      },
    ]);
  });
});
