import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import type { UpstreamKind } from '../../../src-main/upstreams/kind.ts';
import { kinds } from '../../../src-main/upstreams/kinds.ts';
import { llamaCpp } from '../../../src-main/upstreams/llama-cpp.ts';
import { templateFacts } from '../../../src-main/upstreams/llama-cpp-template.ts';
import { lmStudio } from '../../../src-main/upstreams/lm-studio.ts';
import { ollama } from '../../../src-main/upstreams/ollama.ts';
import { openaiCompatible } from '../../../src-main/upstreams/openai-compatible.ts';
import { createProbe } from '../../../src-main/upstreams/probe.ts';
import { sglang } from '../../../src-main/upstreams/sglang.ts';
import { vllm } from '../../../src-main/upstreams/vllm.ts';
import { httpServer, type LocalServer, targetAt } from './local-server.ts';
import {
  llamaRouter,
  llamaSingle,
  lmStudioServer,
  olderLmStudio,
  ollamaServer,
  recordedServer,
  recording,
  sglangServer,
  vllmServer,
} from './recorded-server.ts';

const client = createUpstreamClient({ hopId: 'hop' });
const servers: LocalServer[] = [];
afterEach(async () => {
  await client.close();
  for (const server of servers.splice(0)) await server.close();
});

async function probeOf(server: Promise<LocalServer>) {
  const running = await server;
  servers.push(running);
  return createProbe(client, targetAt(running.url));
}

/** Answers JSON (status 200) on the paths given and `other` on all others. */
function jsonServer(paths: Record<string, unknown>, other: { readonly status: number; readonly body: unknown }) {
  return httpServer((request, response) => {
    const known = paths[request.url ?? ''];
    response.writeHead(known === undefined ? other.status : 200, { 'content-type': 'application/json' });
    const body = known ?? other.body;
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

async function recognisedBy(server: Promise<LocalServer>): Promise<readonly string[]> {
  const probe = await probeOf(server);
  const answers: [UpstreamKind, boolean][] = [];
  for (const kind of kinds) answers.push([kind, await kind.recognise(probe)]);
  return answers.filter(([, yes]) => yes).map(([kind]) => kind.id);
}

describe('recognising a server', () => {
  test('llama-server, single and router, by its Server header; also while it loads or wants a key', async () => {
    for (const names of [llamaSingle, llamaRouter]) {
      expect((await recognisedBy(recordedServer(names, 'single/not-found')))[0]).toBe('llama-cpp');
    }
    expect(await recognisedBy(recordedServer([], 'loading/models-loading'))).toEqual(['llama-cpp']);
    expect(await recognisedBy(recordedServer([], 'apikey/models-nokey'))).toEqual(['llama-cpp']);
  });

  test('Ollama by its version and its greeting', async () => {
    expect(await recognisedBy(recordedServer(ollamaServer, 'ollama/not-found'))).toEqual(['ollama']);
  });

  test('LM Studio, new and old, by its own lists, though it answers 200 on every path; also where it wants a token', async () => {
    for (const names of [lmStudioServer, olderLmStudio]) {
      expect((await recognisedBy(recordedServer(names, 'lm-studio/unknown-path')))[0]).toBe('lm-studio');
    }
    expect(await recognisedBy(recordedServer([], 'lm-studio/token-wanted'))).toEqual(['lm-studio']);
  });

  test('LM Studio without a single model by its empty list and its header, which nobody else has both of', async () => {
    const empty = (headers: Record<string, string>) =>
      httpServer((_request, response) => response.writeHead(200, headers).end('{"models":[]}'));
    expect(await recognisedBy(empty({ 'x-powered-by': 'Express' }))).toEqual(['lm-studio']);
    expect(await recognisedBy(empty({}))).toEqual([]);
  });

  test('vLLM by its version and the owner of its models; also where it wants a key', async () => {
    expect((await recognisedBy(recordedServer(vllmServer, 'vllm/unknown-path')))[0]).toBe('vllm');
    expect(await recognisedBy(recordedServer(['vllm/version'], 'vllm/key-wanted'))).toEqual(['vllm']);
  });

  test('a router in front of vLLM, which lists its models and is none, is any OpenAI-compatible server', async () => {
    expect(await recognisedBy(recordedServer(['vllm/v1-models'], 'vllm/unknown-path'))).toEqual(['openai-compatible']);
  });

  test('SGLang, which answers as Ollama does, by a path of its own', async () => {
    expect(await recognisedBy(recordedServer(sglangServer, 'vllm/unknown-path'))).toEqual([
      'sglang',
      'openai-compatible',
    ]);
  });

  test('no server is recognised as another one: none but the general kind agrees', async () => {
    const servers = [
      ['llama-cpp', llamaSingle, 'single/not-found'],
      ['llama-cpp', llamaRouter, 'single/not-found'],
      ['ollama', ollamaServer, 'ollama/not-found'],
      ['lm-studio', lmStudioServer, 'lm-studio/unknown-path'],
      ['lm-studio', olderLmStudio, 'lm-studio/unknown-path'],
      ['vllm', vllmServer, 'vllm/unknown-path'],
      ['sglang', sglangServer, 'vllm/unknown-path'],
    ] as const;
    for (const [kind, names, other] of servers) {
      const others = (await recognisedBy(recordedServer(names, other))).filter((id) => id !== 'openai-compatible');
      expect(others).toEqual([kind]);
    }
  });

  test('a server that is no model server is none of them', async () => {
    expect(await recognisedBy(jsonServer({}, { status: 200, body: '<html>hello</html>' }))).toEqual([]);
    expect(await recognisedBy(jsonServer({}, { status: 200, body: { data: 'no' } }))).toEqual([]);
  });
});

describe('llama.cpp', () => {
  test('a single server: the context of a slot, the trained one, its aliases and what its template says', async () => {
    const inspection = await llamaCpp.inspect(await probeOf(recordedServer(llamaSingle, 'single/not-found')));
    expect(inspection).toMatchObject({ state: 'up', version: 'b11669-Debian', message: null, listKnown: true });
    expect(inspection.models).toEqual([
      {
        name: 'second-alias',
        otherNames: ['tiny-alias'],
        loaded: true,
        contextWindow: { inForce: 8192, maximum: 32768, source: 'props' },
        slots: 2,
        capabilities: { tools: true, parallelTools: true, vision: false, reasoning: true, embeddings: null },
        memory: { weights: 9_884_160, parameters: 2_471_040 },
        flags: { vision: false },
      },
    ]);
  });

  test('a router: what is loaded, its context, and no question that would load a model', async () => {
    const asked: string[] = [];
    const server = recordedServer([...llamaRouter], 'single/not-found', { asked });
    const inspection = await llamaCpp.inspect(await probeOf(server));
    const byName = new Map(inspection.models.map((model) => [model.name, model]));
    expect(byName.get('tiny-a')).toMatchObject({
      loaded: false,
      contextWindow: { inForce: null, maximum: 32768, source: null },
    });
    const loaded = inspection.models.filter((model) => model.loaded).map((model) => model.name);
    expect(byName.get('tiny-b')?.contextWindow).toEqual({ inForce: 2048, maximum: 32768, source: 'v1/models' });
    expect(asked.filter((request) => request.includes('?')).sort()).toEqual(
      loaded.map((name) => `GET /props?model=${name}&autoload=false`).sort(),
    );
  });

  test('a model called by its file is known by the file name and by the whole path', async () => {
    const data = [
      { id: '/srv/models/tiny-script.gguf', aliases: ['/srv/models/tiny-script.gguf'], meta: { n_ctx: 1024 } },
    ];
    const inspection = await llamaCpp.inspect(
      await probeOf(jsonServer({ '/v1/models': { data } }, { status: 404, body: {} })),
    );
    expect(inspection.models[0]).toMatchObject({
      name: 'tiny-script.gguf',
      otherNames: ['/srv/models/tiny-script.gguf'],
      contextWindow: { inForce: 1024, maximum: null, source: 'v1/models' },
    });
  });

  test('loading and a refused key are states of their own, and any model may then be tried', async () => {
    const loading = await llamaCpp.inspect(await probeOf(recordedServer([], 'loading/models-loading')));
    expect(loading).toMatchObject({ state: 'loading', models: [], listKnown: false });
    const refused = await llamaCpp.inspect(await probeOf(recordedServer([], 'apikey/models-nokey')));
    expect(refused).toMatchObject({ state: 'unauthorized', listKnown: false });
  });

  test('counts tokens by its own endpoint', async () => {
    const body = { messages: [{ role: 'user', content: 'hi' }] };
    const counter = jsonServer(
      { '/v1/chat/completions/input_tokens?autoload=false': { input_tokens: 771, object: 'response.input_tokens' } },
      { status: 404, body: {} },
    );
    expect(await llamaCpp.countTokens?.(await probeOf(counter), body)).toBe(771);
  });

  test('counts tokens of an older build by its template and its tokenizer', async () => {
    const paths = {
      '/apply-template?autoload=false': { prompt: '<user>hi' },
      '/tokenize?autoload=false': { tokens: [1, 2, 3] },
    };
    const older = jsonServer(paths, { status: 404, body: {} });
    expect(await llamaCpp.countTokens?.(await probeOf(older), { messages: [] })).toBe(3);
  });

  test('counts nothing where the server can not', async () => {
    expect(await llamaCpp.countTokens?.(await probeOf(recordedServer([], 'loading/models-loading')), {})).toBeNull();
    expect(await llamaCpp.countTokens?.(await probeOf(recordedServer([], 'single/not-found')), {})).toBeNull();
  });

  test('a template that refuses two calls, or roles that do not alternate, or ids of another form, is believed', () => {
    const llama3 = '{{- raise_exception("This model only supports single tool-calls at once!") }}';
    expect(templateFacts({ chat_template: llama3 })).toMatchObject({
      parallelTools: false,
      flags: { parallelToolCalls: false },
    });
    const mistral = `{{ raise_exception("After the optional system message, conversation roles must alternate user/assistant") }}
      {{ raise_exception("Tool call IDs should be alphanumeric strings with length 9!") }}`;
    expect(templateFacts({ chat_template: mistral }).flags).toEqual({
      strictAlternation: true,
      toolCallIds: 'nine-alphanumeric',
    });
    expect(templateFacts(null)).toEqual({ tools: null, parallelTools: null, reasoning: null, flags: {} });
  });
});

describe('Ollama', () => {
  test('what is installed, what is loaded, the context in force and the capabilities that /api/show knows', async () => {
    const inspection = await ollama.inspect(await probeOf(recordedServer(ollamaServer, 'ollama/not-found')));
    expect(inspection).toMatchObject({ state: 'up', version: '0.33.0-dev', listKnown: true });
    expect(inspection.models.find((model) => model.name === 'tiny:latest')).toEqual({
      name: 'tiny:latest',
      otherNames: ['tiny'],
      loaded: true,
      loading: 'idle',
      contextWindow: { inForce: 4096, maximum: 32768, source: 'api/ps' },
      capabilities: { tools: true, parallelTools: null, vision: false, reasoning: true, embeddings: false },
      memory: { weights: 9_899_289, parameters: 2_470_000, cachePerToken: 2560, inUse: { all: 33_764_146, gpu: 0 } },
      flags: { vision: false },
    });
    // Not loaded, and with no `num_ctx` of its own as far as this replay tells: it will get what the loaded one got.
    expect(inspection.models.find((model) => model.name === 'tiny-8k:latest')).toMatchObject({
      loaded: false,
      contextWindow: { inForce: 4096, maximum: 32768, source: 'estimate' },
    });
  });

  test('the context of a model that is not loaded is estimated by a loaded one that says as little itself, and unknown without', async () => {
    const tags = ['big', 'small', 'own'].map((name) => ({ name, digest: name }));
    const show = (name: string) => ({
      capabilities: ['completion'],
      model_info: { 'general.architecture': 'x', 'x.context_length': name === 'small' ? 2048 : 131_072 },
      ...(name === 'own' && { parameters: 'num_ctx                        16384' }),
    });
    const windows = async (running: readonly object[]) => {
      const server = httpServer(async (request, response) => {
        const asked = request.method === 'POST' ? JSON.parse(await text(request)) : {};
        const answers: Readonly<Record<string, unknown>> = {
          '/api/tags': { models: tags },
          '/api/ps': { models: running },
          '/api/version': { version: '0.33.0' },
          '/api/show': show(asked.model),
        };
        response.end(JSON.stringify(answers[request.url ?? ''] ?? {}));
      });
      const { models } = await ollama.inspect(await probeOf(server));
      return models.map(({ contextWindow: { inForce, source } }) => [inForce, source]);
    };
    expect(await windows([{ name: 'big', digest: 'big', context_length: 32_768 }])).toEqual([
      [32_768, 'api/ps'],
      [2048, 'estimate'],
      [16_384, 'api/show'],
    ]);
    // The loaded one has a window of its own, or all that it was trained for: that says nothing of others.
    expect((await windows([{ name: 'own', digest: 'own', context_length: 16_384 }]))[0]).toEqual([null, null]);
    expect((await windows([{ name: 'small', digest: 'small', context_length: 2048 }]))[0]).toEqual([null, null]);
    expect((await windows([]))[0]).toEqual([null, null]);
  });

  test("a model's own num_ctx is in force once it is loaded", async () => {
    const names = [...ollamaServer.filter((name) => name !== 'ollama/api-show'), 'ollama/show-derived'];
    const inspection = await ollama.inspect(await probeOf(recordedServer(names, 'ollama/not-found')));
    expect(inspection.models[0]?.contextWindow).toEqual({ inForce: 32768, maximum: 32768, source: 'api/show' });
  });

  test('asks about a model once as long as it does not change', async () => {
    const asked: string[] = [];
    const probe = await probeOf(recordedServer(ollamaServer, 'ollama/not-found', { asked }));
    const first = await ollama.inspect(probe);
    const second = await ollama.inspect(probe);
    expect(second).toEqual(first);
    expect(asked.filter((request) => request === 'POST /api/show').length).toBe(3);
  });

  test('a model that can not think is never asked to', async () => {
    const paths = {
      '/api/tags': { models: [{ name: 'plain:7b', digest: 'd1' }] },
      '/api/show': { capabilities: ['completion', 'vision'], model_info: {} },
    };
    const inspection = await ollama.inspect(await probeOf(jsonServer(paths, { status: 404, body: {} })));
    expect(inspection.models[0]).toMatchObject({ loaded: null, flags: { reasoningStyle: 'none', vision: true } });
  });

  test('an error is no list', async () => {
    expect((await ollama.inspect(await probeOf(jsonServer({}, { status: 500, body: {} })))).state).toBe('error');
    expect((await ollama.inspect(await probeOf(jsonServer({}, { status: 200, body: { error: 'x' } })))).state).toBe(
      'error',
    );
  });
});

describe('LM Studio', () => {
  const inspected = async (names: readonly string[]) =>
    lmStudio.inspect(await probeOf(recordedServer(names, 'lm-studio/unknown-path')));

  test('what is there, what is loaded, with which context, and what each model can do', async () => {
    const { models, ...rest } = await inspected(lmStudioServer);
    expect(rest).toEqual({ state: 'up', version: null, message: null, listKnown: true });
    expect(models[0]).toEqual({
      name: 'openai/gpt-oss-20b',
      otherNames: [],
      loaded: true,
      loading: 'idle',
      contextWindow: { inForce: 65536, maximum: 131072, source: 'api/v1/models' },
      capabilities: { tools: true, parallelTools: null, vision: false, reasoning: true, embeddings: false },
      memory: { weights: 5e9, parameters: 8e9 },
      flags: { vision: false, reasoningStyle: 'openai', reasoningEfforts: ['low', 'medium', 'high'] },
    });
    expect(models[2]).toEqual({
      name: 'plain-8b',
      otherNames: [],
      loaded: false,
      loading: 'idle',
      contextWindow: { inForce: null, maximum: 32768, source: null },
      capabilities: { tools: false, parallelTools: null, vision: false, reasoning: null, embeddings: false },
      memory: { weights: 5e9, parameters: 8e9 },
      flags: { vision: false },
    });
    expect(models[3]).toMatchObject({ name: 'text-embedding-small', capabilities: { tools: false, embeddings: true } });
  });

  test('of several instances the smallest context is in force, and each is known by its own name', async () => {
    const gemma = (await inspected(lmStudioServer)).models[1];
    expect(gemma).toMatchObject({
      otherNames: ['gemma-small', 'gemma-big'],
      contextWindow: { inForce: 8192, maximum: 262144 },
      capabilities: { vision: true },
    });
    // It only knows on and off: every effort means on.
    expect(gemma?.flags.reasoningEfforts).toEqual(['none', 'low', 'medium', 'high']);
  });

  test('a version before 0.4 by its older list', async () => {
    const { state, models } = await inspected(olderLmStudio);
    expect(state).toBe('up');
    expect(models.map(({ name, loaded, contextWindow }) => [name, loaded, contextWindow])).toEqual([
      ['vision-4b', true, { inForce: 4096, maximum: 131072, source: 'api/v0/models' }],
      ['text-8b', false, { inForce: null, maximum: 131072, source: null }],
      ['embedding-small', false, { inForce: null, maximum: 2048, source: null }],
    ]);
    expect(
      models.map(({ capabilities }) => [capabilities.tools, capabilities.vision, capabilities.embeddings]),
    ).toEqual([
      [true, true, false],
      [null, false, false],
      [false, false, true],
    ]);
  });

  test('a token that it wants is a state of its own, and what is no LM Studio is said', async () => {
    const wanted = await lmStudio.inspect(await probeOf(recordedServer([], 'lm-studio/token-wanted')));
    expect(wanted).toMatchObject({ state: 'unauthorized', listKnown: false });
    const other = await lmStudio.inspect(await probeOf(recordedServer(vllmServer, 'vllm/unknown-path')));
    expect(other).toMatchObject({ state: 'error', message: expect.stringContaining('not an LM Studio') });
  });
});

describe('vLLM', () => {
  test('its models with the limit in force, which an adapter has from its parent', async () => {
    const inspection = await vllm.inspect(await probeOf(recordedServer(vllmServer, 'vllm/unknown-path')));
    const contextWindow = { inForce: 65536, maximum: null, source: 'v1/models' };
    expect(inspection).toMatchObject({ state: 'up', version: '0.11.2', message: null, listKnown: true });
    expect(inspection.models.map((model) => [model.name, model.loaded, model.contextWindow])).toEqual([
      ['coder', true, contextWindow],
      ['sql-lora', true, contextWindow],
    ]);
  });

  test('gpt-oss gets its effort under the name that vLLM reads for it', async () => {
    const data = [{ id: 'big', root: 'openai/gpt-oss-120b', owned_by: 'vllm', max_model_len: 131072 }];
    const server = jsonServer({ '/v1/models': { data } }, { status: 404, body: { detail: 'Not Found' } });
    const [model] = (await vllm.inspect(await probeOf(server))).models;
    expect(model).toMatchObject({
      capabilities: { reasoning: true },
      flags: { reasoningStyle: 'openai', reasoningEfforts: ['low', 'medium', 'high'] },
    });
  });

  test('a key that it wants, an engine that is not ready, and what is no vLLM are told apart', async () => {
    const stateOf = async (server: Promise<LocalServer>) => (await vllm.inspect(await probeOf(server))).state;
    expect(await stateOf(recordedServer(['vllm/version'], 'vllm/key-wanted'))).toBe('unauthorized');
    expect(await stateOf(jsonServer({}, { status: 503, body: {} }))).toBe('loading');
    expect(await stateOf(jsonServer({}, { status: 200, body: { hello: 1 } }))).toBe('error');
  });

  test('counts tokens by its tokenizer, templated and with the tools', async () => {
    let asked: unknown;
    const server = httpServer(async (request, response) => {
      asked = JSON.parse(await text(request));
      response.end(JSON.stringify(recording('vllm/tokenize').response.body));
    });
    const messages = [{ role: 'user', content: 'hi' }];
    const tools = [{ type: 'function', function: { name: 'look' } }];
    const body = { model: 'coder', messages, tools, stream: true, max_tokens: 5 };
    expect(await vllm.countTokens?.(await probeOf(server), body)).toBe(4);
    expect(asked).toEqual({ model: 'coder', messages, tools });
  });

  test('counts a prompt whose list of tokens is too long to be read', async () => {
    const tokens = Array.from({ length: 300_000 }, (_, index) => index);
    const server = jsonServer(
      { '/tokenize': { count: 300_000, max_model_len: 1_000_000, tokens } },
      { status: 404, body: {} },
    );
    expect(await vllm.countTokens?.(await probeOf(server), { messages: [] })).toBe(300_000);
  });

  test('counts nothing where the endpoint is not there', async () => {
    expect(
      await vllm.countTokens?.(await probeOf(recordedServer([], 'vllm/unknown-path')), { messages: [] }),
    ).toBeNull();
  });
});

describe('an OpenAI-compatible server', () => {
  test('its models, with the context where it says one under any of the known names', async () => {
    const data = [
      { id: 'a', max_model_len: 32768 },
      {
        id: 'b',
        context_length: 131072,
        architecture: { input_modalities: ['text', 'image'] },
        supported_parameters: ['tools'],
      },
      { id: 'c', meta: { n_ctx: 4096, n_ctx_train: 8192 } },
      { id: 'd' },
      { name: 'no id' },
      'nonsense',
    ];
    const inspection = await openaiCompatible.inspect(
      await probeOf(jsonServer({ '/v1/models': { data } }, { status: 404, body: {} })),
    );
    expect(
      inspection.models.map((model) => [model.name, model.contextWindow.inForce, model.capabilities.vision]),
    ).toEqual([
      ['a', 32768, null],
      ['b', 131072, true],
      ['c', 4096, null],
      ['d', null, null],
    ]);
    expect(inspection.models[1]?.capabilities).toMatchObject({ tools: true, reasoning: false });
  });

  test('its list may stand right below a base URL with a path of its own', async () => {
    const inspection = await openaiCompatible.inspect(
      await probeOf(jsonServer({ '/models': { data: [{ id: 'glm' }] } }, { status: 404, body: {} })),
    );
    expect(inspection).toMatchObject({ listKnown: true, models: [{ name: 'glm' }] });
  });

  test('without a list any model may be tried', async () => {
    for (const other of [
      { status: 404, body: {} },
      { status: 200, body: { error: 'Unexpected endpoint' } },
    ]) {
      expect(await openaiCompatible.inspect(await probeOf(jsonServer({}, other)))).toMatchObject({
        state: 'up',
        listKnown: false,
        models: [],
      });
    }
  });

  test('a refused secret is its own state', async () => {
    expect(
      (await openaiCompatible.inspect(await probeOf(jsonServer({}, { status: 401, body: { error: 'Unauthorized' } }))))
        .state,
    ).toBe('unauthorized');
  });
});

describe('SGLang', () => {
  test('what it serves, the context in force, and whether it was started with parsers', async () => {
    const server = { version: '0.5.9', context_length: null, tool_call_parser: null, reasoning_parser: 'qwen3' };
    const paths = {
      '/v1/models': { object: 'list', data: [{ id: 'q', owned_by: 'sglang', max_model_len: 32768 }] },
      '/get_model_info': { model_path: 'q', is_generation: true },
      '/server_info': server,
    };
    const inspection = await sglang.inspect(await probeOf(jsonServer(paths, { status: 404, body: {} })));
    expect(inspection).toMatchObject({ state: 'up', version: '0.5.9', listKnown: true });
    expect(inspection.models[0]).toMatchObject({
      name: 'q',
      loaded: true,
      contextWindow: { inForce: 32768, source: 'v1/models' },
      capabilities: { tools: false, reasoning: true, embeddings: false },
    });
  });

  test('an older one that tells less is known by what it tells', async () => {
    const inspection = await sglang.inspect(await probeOf(recordedServer(sglangServer, 'vllm/unknown-path')));
    expect(inspection.models[0]).toMatchObject({
      name: 'qwen',
      contextWindow: { inForce: 32768 },
      capabilities: { tools: null, reasoning: null, embeddings: false },
    });
  });
});
