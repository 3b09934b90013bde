import { afterEach, describe, expect, test } from 'vitest';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import { inspectServer } from '../../../src-main/upstreams/inspect-server.ts';
import { kindOf } from '../../../src-main/upstreams/kinds.ts';
import { createProbe } from '../../../src-main/upstreams/probe.ts';
import { kindAtVendor, recogniseServer } from '../../../src-main/upstreams/recognise.ts';
import { configuredTarget } from '../../../src-main/upstreams/target.ts';
import { defaultFlags } from '../../../src-shared/compat-flags.ts';
import { secretHeaderOf, type UpstreamKindId, upstreamSchema, vendorUrls } from '../../../src-shared/settings.ts';
import type { LocalServer } from './local-server.ts';
import {
  azureServer,
  deepseekServer,
  glmServer,
  groqServer,
  mistralServer,
  moonshotServer,
  openrouterServer,
  type VendorServer,
  vendorKey,
  vendorServer,
  xaiServer,
} from './vendor-servers.ts';

const client = createUpstreamClient({ hopId: 'hop' });
const servers: LocalServer[] = [];
afterEach(async () => {
  await client.close();
  for (const server of servers.splice(0)) await server.close();
});

/** Each with the path that its base URL has at the vendor's. */
const vendors: readonly (readonly [UpstreamKindId, VendorServer, string])[] = [
  ['openrouter', openrouterServer, '/v1'],
  ['azure-openai', azureServer, ''],
  ['deepseek', deepseekServer, ''],
  ['glm', glmServer, '/api/paas/v4'],
  ['groq', groqServer, '/openai/v1'],
  ['mistral', mistralServer, '/v1'],
  ['moonshot', moonshotServer, '/v1'],
  ['xai', xaiServer, '/v1'],
];

async function probeOf(id: UpstreamKindId, vendor: VendorServer, path: string, key = vendorKey, asked: string[] = []) {
  const server = await vendorServer(vendor, asked, secretHeaderOf(id));
  servers.push(server);
  const settings = upstreamSchema.parse({ id: 'up', kind: id, baseUrl: server.url + path });
  return createProbe(
    client,
    configuredTarget(settings, kindOf(id), () => Promise.resolve({ kind: 'secret', value: key })),
  );
}

async function inspected(id: UpstreamKindId, key?: string) {
  const [, vendor, path] = vendors.find(([kind]) => kind === id) ?? [];
  if (vendor === undefined || path === undefined) throw new Error(`no fake of ${id}`);
  return inspectServer(kindOf(id), await probeOf(id, vendor, path, key), null);
}

const namesOf = ({ models }: Awaited<ReturnType<typeof inspected>>) => models.map(({ name }) => name);

/** The flags of a model as a request meets them. */
const flagsOf = (id: UpstreamKindId, name: string) => ({
  ...defaultFlags,
  ...kindOf(id).flags,
  ...kindOf(id).modelFlags?.(name),
});

describe('a vendor’s service', () => {
  test.each(vendors)('%s is recognised by what it answers, and by nothing else’s signs', async (id, vendor, path) => {
    expect((await recogniseServer(await probeOf(id, vendor, path), null))?.id).toBe(id);
  });

  test.each(vendors)('%s is up with its models where the key is good', async (id) => {
    const inspection = await inspected(id);
    expect(inspection).toMatchObject({ state: 'up', message: null, listKnown: true });
    expect(inspection.models.length).toBeGreaterThan(0);
  });

  test.each(vendors.filter(([id]) => id !== 'xai'))(
    '%s is unauthorized where the key is wrong, and says where a key comes from',
    async (id) => {
      const inspection = await inspected(id, 'sk-wrong');
      expect(inspection.state).toBe('unauthorized');
      expect(inspection.message).toContain(kindOf(id).secretAdvice ?? 'no advice');
      expect(inspection.message).not.toContain('sk-wrong');
    },
  );

  test('is told by its host, whatever it answers', () => {
    for (const [id, url] of Object.entries(vendorUrls)) {
      if (id !== 'anthropic' && id !== 'openai') expect([id, kindAtVendor(url)?.id]).toEqual([id, id]);
    }
    expect(kindAtVendor('https://open.bigmodel.cn/api/paas/v4')?.id).toBe('glm');
    expect(kindAtVendor('https://us-east-1.api.x.ai/v1')?.id).toBe('xai');
    expect(kindAtVendor('https://ours.openai.azure.com')?.id).toBe('azure-openai');
    expect(kindAtVendor('https://openrouter.ai.evil.example')).toBeNull();
    expect(kindAtVendor('http://127.0.0.1:8000')).toBeNull();
  });
});

describe('what vendors tell of their models', () => {
  test('OpenRouter: the window and the longest answer of the provider, abilities; no painters', async () => {
    const inspection = await inspected('openrouter');
    expect(namesOf(inspection)).toEqual(['anthropic/claude-x', 'some/old-7b']);
    expect(inspection.models[0]).toMatchObject({
      contextWindow: { inForce: 200_000, maximum: 1_000_000, source: 'v1/models' },
      maxOutputTokens: 64_000,
      capabilities: { tools: true, vision: true, reasoning: true },
      flags: { vision: true, topK: true, forcedToolChoice: true },
    });
    expect(inspection.models[1]).toMatchObject({
      contextWindow: { inForce: 8192, maximum: 8192 },
      capabilities: { tools: false, vision: false, reasoning: false },
      flags: { topK: false, forcedToolChoice: false, reasoningStyle: 'none' },
    });
  });

  test('Groq: only what is active and talks', async () => {
    const inspection = await inspected('groq');
    expect(namesOf(inspection)).toEqual(['openai/gpt-oss-120b']);
    expect(inspection.models[0]).toMatchObject({
      contextWindow: { inForce: 131_072, source: 'v1/models' },
      maxOutputTokens: 65_536,
    });
  });

  test('Mistral: capabilities, aliases, the window; no models of other endpoints', async () => {
    const inspection = await inspected('mistral');
    expect(namesOf(inspection)).toEqual(['mistral-small-2603', 'magistral-medium-latest', 'mistral-embed']);
    expect(inspection.models[0]).toMatchObject({
      otherNames: ['mistral-small-latest'],
      contextWindow: { inForce: 262_144, maximum: 262_144, source: 'v1/models' },
      capabilities: { tools: true, vision: true, reasoning: true, embeddings: false },
      flags: { vision: true, reasoningStyle: 'openai', reasoningEfforts: ['none', 'high'] },
    });
    expect(inspection.models[1]).toMatchObject({ capabilities: { reasoning: true }, flags: { vision: false } });
    expect(inspection.models[2]).toMatchObject({ capabilities: { embeddings: true } });
  });

  test('Moonshot: the window, vision and reasoning', async () => {
    expect((await inspected('moonshot')).models[0]).toMatchObject({
      name: 'kimi-k2.6',
      contextWindow: { inForce: 262_144 },
      capabilities: { vision: true, reasoning: true },
    });
  });

  test('xAI: modalities and further names from its own list, names alone from the common one', async () => {
    expect((await inspected('xai')).models).toMatchObject([
      { name: 'grok-4.5', otherNames: ['grok-4.5-latest'], capabilities: { vision: true, tools: true } },
    ]);
    const { '/v1/language-models': _own, ...common } = xaiServer.paths;
    const probe = await probeOf('xai', { ...xaiServer, paths: common }, '/v1');
    expect(namesOf(await inspectServer(kindOf('xai'), probe, null))).toEqual(['grok-4.5']);
  });

  test('Azure: its deployments where it still tells them, each by its model', async () => {
    const inspection = await inspected('azure-openai');
    expect(inspection.models).toMatchObject([
      { name: 'our-gpt', capabilities: { embeddings: false }, flags: { sampling: false, reasoningStyle: 'openai' } },
      { name: 'vectors', capabilities: { embeddings: true }, flags: {} },
    ]);
  });

  test('Azure: where deployments are not told any name is tried, and a wrong key is seen all the same', async () => {
    const { '/openai/deployments': _told, ...untold } = azureServer.paths;
    const probe = await probeOf('azure-openai', { ...azureServer, paths: untold }, '');
    expect(await inspectServer(kindOf('azure-openai'), probe, null)).toMatchObject({ state: 'up', listKnown: false });
  });

  test('Azure: each question has one api-version, whatever the base URL brings along', async () => {
    const asked: string[] = [];
    const probe = await probeOf(
      'azure-openai',
      azureServer,
      '/openai?api-version=2025-01-01-preview',
      vendorKey,
      asked,
    );
    await inspectServer(kindOf('azure-openai'), probe, null);
    expect(asked.length).toBeGreaterThan(0);
    for (const request of asked) expect(request.match(/api-version=/g)).toHaveLength(1);
  });
});

describe('a base URL of Azure', () => {
  const modern = 'https://r.openai.azure.com/openai/v1';
  const dated = 'https://r.openai.azure.com/openai/deployments';
  test.each([
    ['https://r.openai.azure.com', {}, `${modern}`, undefined],
    ['https://r.openai.azure.com/openai/', {}, modern, undefined],
    ['https://r.openai.azure.com/openai/v1/', {}, modern, undefined],
    ['https://r.openai.azure.com/openai/v1?api-version=preview', {}, modern, undefined],
    ['https://r.openai.azure.com?api-version=2025-01-01', {}, `${dated}/our%20gpt`, 'chat'],
    ['https://r.openai.azure.com/', { 'api-version': '2025-01-01' }, `${dated}/our%20gpt`, 'chat'],
    ['https://r.openai.azure.com/openai/deployments/one?api-version=2025-01-01', {}, `${dated}/one`, 'chat'],
    ['https://r.openai.azure.com/openai/deployments/one/chat/completions?api-version=2025', {}, `${dated}/one`, 'chat'],
    [
      'https://r.services.ai.azure.com/models?api-version=2024-05-01-preview',
      {},
      'https://r.services.ai.azure.com/models',
      undefined,
    ],
  ])('%s %j leads to %s for a deployment "our gpt"', (baseUrl, query, expected, protocol) => {
    const azure = kindOf('azure-openai');
    const settings = upstreamSchema.parse({ id: 'az', kind: 'azure-openai', baseUrl, query });
    const target = configuredTarget(settings, azure, () => Promise.resolve({ kind: 'none' }));
    expect(azure.modelUrl?.(target.apiUrl, 'our gpt')).toBe(expected);
    expect(target.protocol).toBe(protocol);
    expect(target.secretHeader).toBe('api-key');
    const given = Object.fromEntries(new URL(baseUrl).searchParams);
    expect(target.query).toEqual({ ...given, ...query });
  });
});

describe('what a model’s name tells', () => {
  test.each([
    ['glm', 'glm-4.5v', { vision: true, reasoningStyle: 'thinking-object' }],
    ['glm', 'glm-4.6', { vision: false, reasoningStyle: 'thinking-object' }],
    ['glm', 'glm-4-plus', { reasoningStyle: 'none' }],
    ['glm', 'glm-5.2', { reasoningStyle: 'thinking-with-effort', reasoningEfforts: ['low', 'high', 'max'] }],
    ['glm', 'glm-5.3-flash', { reasoningStyle: 'openai', forcedToolChoice: false }],
    ['glm', 'something-else', { vision: null, reasoningStyle: 'thinking-object' }],
    ['groq', 'openai/gpt-oss-20b', { reasoningStyle: 'openai' }],
    ['groq', 'llama-3.3-70b-versatile', { reasoningStyle: 'none', maxTokensField: 'max_completion_tokens' }],
    ['moonshot', 'kimi-k2.6', { reasoningStyle: 'thinking-object', sampling: false, forcedToolChoice: false }],
    ['moonshot', 'kimi-k2.7-code', { reasoningStyle: 'none', sampling: false }],
    ['moonshot', 'kimi-k3', { reasoningStyle: 'openai', reasoningEfforts: ['low', 'high', 'max'] }],
    ['moonshot', 'moonshot-v1-8k', { sampling: true, forcedToolChoice: true }],
    ['xai', 'grok-3-mini', { reasoningEfforts: ['low', 'high'], reasoningStyle: 'openai' }],
    ['xai', 'grok-4.20-0309-reasoning', { reasoningStyle: 'none' }],
    ['xai', 'grok-4-0709', { reasoningStyle: 'none' }],
    ['xai', 'grok-4.5', { reasoningStyle: 'openai', reasoningEfforts: ['low', 'medium', 'high'] }],
  ] as const)('%s: %s', (kind, name, flags) => {
    expect(flagsOf(kind, name)).toMatchObject(flags);
  });
});
