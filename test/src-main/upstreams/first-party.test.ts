import { afterEach, describe, expect, test } from 'vitest';
import { anthropic } from '../../../src-main/upstreams/anthropic.ts';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import { kinds } from '../../../src-main/upstreams/kinds.ts';
import { openai } from '../../../src-main/upstreams/openai.ts';
import { createProbe } from '../../../src-main/upstreams/probe.ts';
import { configuredTarget } from '../../../src-main/upstreams/target.ts';
import { defaultFlags } from '../../../src-shared/compat-flags.ts';
import { upstreamSchema } from '../../../src-shared/settings.ts';
import { httpServer, type LocalServer } from './local-server.ts';

const client = createUpstreamClient({ hopId: 'hop' });
const servers: LocalServer[] = [];
afterEach(async () => {
  await client.close();
  for (const server of servers.splice(0)) await server.close();
});

interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A probe of a server of the kind that answers `/v1/models…` by its query, everything else 404; and what it was asked. */
async function serve(
  kind: typeof anthropic,
  answer: (url: URL) => { readonly status?: number; readonly body: unknown },
  settings: object = {},
  headers: Record<string, string> = {},
) {
  const asked: Asked[] = [];
  const server = await httpServer((request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers });
    const { status = 200, body } = answer(new URL(request.url ?? '/', 'http://here'));
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
  servers.push(server);
  const upstream = upstreamSchema.parse({ id: 'up', kind: kind.id, baseUrl: server.url, ...settings });
  const target = configuredTarget(upstream, kind, () => Promise.resolve({ kind: 'secret', value: 'k' }));
  return { asked, probe: createProbe(client, target) };
}

const claude = (id: string, more = {}) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01', ...more });
const page = (data: readonly { readonly id: string }[], more = false) => ({
  body: { data, has_more: more, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null },
});

describe('Anthropic', () => {
  test('gets its secret as x-api-key with its version header; a header of the user’s wins', async () => {
    const usual = await serve(anthropic, () => page([]));
    await anthropic.inspect(usual.probe);
    expect(usual.asked[0]?.headers).toMatchObject({ 'x-api-key': 'k', 'anthropic-version': '2023-06-01' });
    expect(usual.asked[0]?.headers).not.toHaveProperty('authorization');
    const own = await serve(anthropic, () => page([]), {
      header: 'Authorization',
      headers: { 'Anthropic-Version': '2030-01-01' },
    });
    await anthropic.inspect(own.probe);
    expect(own.asked[0]?.headers).toMatchObject({ authorization: 'Bearer k', 'anthropic-version': '2030-01-01' });
    expect(own.asked[0]?.headers).not.toHaveProperty('x-api-key');
  });

  test('lists its models over all pages, with the window, the longest answer and the abilities that it states', async () => {
    const described = claude('claude-opus-9', {
      max_input_tokens: 1_000_000,
      max_tokens: 128_000,
      capabilities: {
        image_input: { supported: true },
        pdf_input: { supported: false },
        thinking: { supported: true },
      },
    });
    const { probe, asked } = await serve(anthropic, ({ searchParams }) =>
      searchParams.get('after_id') === 'claude-opus-9'
        ? page([claude('claude-3-haiku'), claude('gone', { lifecycle: 'retired' })])
        : page([described], true),
    );
    const inspection = await anthropic.inspect(probe);
    expect(inspection).toMatchObject({ state: 'up', listKnown: true });
    expect(inspection.models.map(({ name }) => name)).toEqual(['claude-opus-9', 'claude-3-haiku']);
    expect(inspection.models[0]).toMatchObject({
      contextWindow: { inForce: 1_000_000, source: 'v1/models' },
      maxOutputTokens: 128_000,
      capabilities: { vision: true, reasoning: true, tools: true },
      flags: { vision: true, pdf: false },
    });
    expect(inspection.models[1]).toMatchObject({ contextWindow: { inForce: null, source: null }, flags: {} });
    expect(asked).toHaveLength(2);
  });

  test('a server that speaks its protocol and has no list takes any model; one that refuses the key says so', async () => {
    const { probe } = await serve(anthropic, () => ({ status: 404, body: {} }));
    expect(await anthropic.inspect(probe)).toMatchObject({ state: 'up', listKnown: false });
    const locked = await serve(anthropic, () => ({ status: 401, body: { type: 'error' } }));
    expect((await anthropic.inspect(locked.probe)).state).toBe('unauthorized');
  });

  test('a model’s name tells how it is asked to think: not at all, by a budget, or adaptively', () => {
    const thinking = (name: string) =>
      ({ ...defaultFlags, ...anthropic.flags, ...anthropic.modelFlags?.(name) }).messagesThinking;
    for (const name of ['claude-3-haiku-20240307', 'claude-3-5-sonnet-latest'])
      expect([name, thinking(name)]).toEqual([name, 'none']);
    for (const name of [
      'claude-3-7-sonnet-20250219',
      'claude-sonnet-4-20250514',
      'claude-haiku-4-5',
      'claude-opus-4-5-20251101',
      'glm-5',
    ])
      expect([name, thinking(name)]).toEqual([name, 'budget']);
    for (const name of ['claude-opus-4-6', 'claude-sonnet-5', 'claude-fable-5'])
      expect([name, thinking(name)]).toEqual([name, 'adaptive']);
  });

  test('a list that says "more" for ever is not followed for ever', async () => {
    const { probe, asked } = await serve(anthropic, () => page([claude('again')], true));
    await anthropic.inspect(probe);
    expect(asked.length).toBeLessThanOrEqual(5);
  });
});

describe('OpenAI', () => {
  test('lists the models that converse or embed, and knows which of them reason', async () => {
    const names = [
      'gpt-5.1',
      'gpt-5-chat-latest',
      'o3-mini',
      'gpt-4o',
      'ft:gpt-5-mini:acme::x',
      'text-embedding-3-large',
    ];
    const others = [
      'whisper-1',
      'tts-1',
      'dall-e-3',
      'gpt-4o-realtime-preview',
      'omni-moderation-latest',
      'gpt-image-1',
    ];
    const { probe, asked } = await serve(openai, () => ({
      body: { object: 'list', data: [...names, ...others].map((id) => ({ id, object: 'model' })) },
    }));
    const { models } = await openai.inspect(probe);
    expect(models.map(({ name, capabilities }) => [name, capabilities.reasoning, capabilities.embeddings])).toEqual([
      ['gpt-5.1', true, false],
      ['gpt-5-chat-latest', false, false],
      ['o3-mini', true, false],
      ['gpt-4o', null, false],
      ['ft:gpt-5-mini:acme::x', true, false],
      ['text-embedding-3-large', null, true],
    ]);
    expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer k' });
  });

  test('models that reason are sent no temperature, by their name alone', () => {
    expect(openai.modelFlags?.('gpt-5.1-codex')).toEqual({ reasoningStyle: 'openai', sampling: false });
    expect(openai.modelFlags?.('gpt-4o')).toEqual({});
  });
});

test('each of the two is recognised by its own signs and by no other’s', async () => {
  const recognised = async (
    kind: typeof anthropic,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<string[]> => {
    const { probe } = await serve(
      kind,
      ({ pathname }) => (pathname === '/v1/models' ? { body } : { status: 404, body: {} }),
      {},
      headers,
    );
    const answers: string[] = [];
    for (const one of kinds) if (await one.recognise(probe)) answers.push(one.id);
    return answers;
  };
  expect((await recognised(anthropic, page([claude('claude-opus-9')]).body))[0]).toBe('anthropic');
  const list = { object: 'list', data: [{ id: 'gpt-5', object: 'model' }] };
  expect((await recognised(openai, list, { 'openai-version': '2020-10-01' }))[0]).toBe('openai');
  expect(await recognised(openai, list)).toEqual(['openai-compatible']);
  const bothShapes = { object: 'list', data: [claude('x')], has_more: false };
  expect(await recognised(anthropic, bothShapes)).toEqual(['openai-compatible']);
});
