import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import { createDetection } from '../../../src-main/upstreams/detection.ts';
import type { KnownServer } from '../../../src-main/upstreams/servers-snapshot.ts';
import { settingsSchema } from '../../../src-shared/settings.ts';
import { httpServer, type LocalServer } from './local-server.ts';
import { lmStudioServer, olderLmStudio, recordedServer, sglangServer, vllmServer } from './recorded-server.ts';
import { azureServer, openrouterServer, vendorServer } from './vendor-servers.ts';

const fixtures = process.env.DRAGOMAN_FIXTURES;
const folder = pathToFileURL(join(fixtures ?? '', 'model-servers/'));

/** What a real server answered in one state, replayed verbatim; what was not asked of it then is answered as `anything`. */
const real = (names: readonly string[], anything: string) => () => recordedServer(names, anything, { folder });
/** What a server's documentation or source says; each recording names it. */
const documented = (names: readonly string[], anything: string) => () => recordedServer(names, anything);

interface Case {
  readonly what: string;
  readonly start: () => Promise<LocalServer>;
  readonly kind: string;
  readonly state: string;
  /** Of its models: loaded, not loaded. */
  readonly models?: readonly (boolean | null)[];
}

const llama = 'llama-cpp';
const ollamaNames = ['root', 'api-version', 'api-tags', 'api-ps', 'api-show'].map((name) => `ollama/${name}`);
const cases: readonly Case[] = [
  {
    what: 'llama-server with one model',
    start: real(['single/props', 'single/v1-models'], 'single/not-found'),
    kind: llama,
    state: 'up',
    models: [true],
  },
  {
    what: 'llama-server that loads',
    start: real(['loading/props-loading'], 'loading/models-loading'),
    kind: llama,
    state: 'loading',
  },
  {
    what: 'llama-server that wants a key',
    start: real(['apikey/props-nokey'], 'apikey/models-nokey'),
    kind: llama,
    state: 'unauthorized',
  },
  {
    what: 'llama-server for embeddings',
    start: real(['embeddings/props', 'embeddings/v1-models'], 'single/not-found'),
    kind: llama,
    state: 'up',
    models: [true],
  },
  {
    what: 'llama-server that sleeps',
    start: real(['sleep/props-sleeping', 'sleep/v1-models-sleeping'], 'single/not-found'),
    kind: llama,
    state: 'up',
    models: [true],
  },
  {
    what: 'llama-server with all slots busy',
    start: real(['slow/props-busy', 'single/v1-models'], 'single/not-found'),
    kind: llama,
    state: 'up',
    models: [true],
  },
  ...(['before', 'loading', 'loaded', 'after-evict', 'broken', 'end'] as const).map(
    (moment): Case => ({
      what: `a router of llama-server, ${moment}`,
      start: real(
        ['router/props-router', `router/v1-models-${moment}`, 'router/props-tiny-b'],
        'router/props-unloaded-autoload-false',
      ),
      kind: llama,
      state: 'up',
    }),
  ),
  {
    what: 'a router that loads nothing by itself',
    start: real([], 'router-noautoload/models-nokey'),
    kind: llama,
    state: 'unauthorized',
  },
  { what: 'Ollama', start: real(ollamaNames, 'ollama/not-found'), kind: 'ollama', state: 'up' },
  {
    what: 'Ollama with nothing loaded',
    start: real(
      ['root', 'api-version', 'api-tags', 'ps-after-unload', 'api-show'].map((name) => `ollama/${name}`),
      'ollama/not-found',
    ),
    kind: 'ollama',
    state: 'up',
  },
  {
    what: 'LM Studio, which answers 200 to everything',
    start: documented(lmStudioServer, 'lm-studio/unknown-path'),
    kind: 'lm-studio',
    state: 'up',
  },
  {
    what: 'an older LM Studio',
    start: documented(olderLmStudio, 'lm-studio/unknown-path'),
    kind: 'lm-studio',
    state: 'up',
  },
  {
    what: 'LM Studio that wants a token',
    start: documented([], 'lm-studio/token-wanted'),
    kind: 'lm-studio',
    state: 'unauthorized',
  },
  { what: 'vLLM', start: documented(vllmServer, 'vllm/unknown-path'), kind: 'vllm', state: 'up', models: [true, true] },
  {
    what: 'vLLM that wants a key',
    start: documented(['vllm/version'], 'vllm/key-wanted'),
    kind: 'vllm',
    state: 'unauthorized',
  },
  {
    what: 'a balancer before vLLM',
    start: documented(['vllm/v1-models'], 'vllm/unknown-path'),
    kind: 'openai-compatible',
    state: 'up',
  },
  {
    what: 'SGLang, which imitates Ollama',
    start: documented(sglangServer, 'vllm/unknown-path'),
    kind: 'sglang',
    state: 'up',
    models: [true],
  },
  // Vendors' services, behind a proxy on this machine say; nobody gave their keys.
  { what: 'OpenRouter', start: () => vendorServer(openrouterServer), kind: 'openrouter', state: 'unauthorized' },
  {
    what: 'Azure OpenAI',
    start: () => vendorServer(azureServer, [], 'api-key'),
    kind: 'azure-openai',
    state: 'unauthorized',
  },
  {
    what: 'a page that is no model server',
    start: () => httpServer((_request, response) => response.end('<html>hello</html>')),
    kind: 'none',
    state: 'none',
  },
];

describe.skipIf(fixtures === undefined)('all servers at once, in every state', () => {
  const servers: LocalServer[] = [];
  const client = createUpstreamClient({ hopId: 'hop' });
  let found: ReadonlyMap<string, KnownServer> = new Map();

  beforeAll(async () => {
    for (const { start } of cases) servers.push(await start());
    const settings = settingsSchema.parse({ detection: { ports: servers.map(({ port }) => port) } });
    const detection = createDetection({
      client,
      settings: () => settings,
      resolveSecret: () => Promise.resolve({ kind: 'none' }),
      ownPort: () => null,
    });
    const { servers: all } = await detection.refresh();
    found = new Map(all.map((server) => [new URL(server.baseUrl).port, server]));
    detection.stop();
  });
  afterAll(async () => {
    for (const server of servers) await server.close();
    await client.close();
  });

  it.each(cases.map((one, at) => ({ ...one, at })))(
    '$what is told from all others: $kind, $state',
    ({ at, kind, state, models }) => {
      const server = found.get(String(servers[at]?.port));
      expect(server?.target.kind.id ?? 'none').toBe(kind);
      expect(server?.inspection?.state ?? 'none').toBe(state);
      if (models !== undefined) expect(server?.inspection?.models.map(({ loaded }) => loaded)).toEqual(models);
    },
  );
});
