import { afterEach, describe, expect, test } from 'vitest';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import type { UpstreamKind } from '../../../src-main/upstreams/kind.ts';
import { kinds } from '../../../src-main/upstreams/kinds.ts';
import { llamaCpp } from '../../../src-main/upstreams/llama-cpp.ts';
import { templateFacts } from '../../../src-main/upstreams/llama-cpp-template.ts';
import { ollama } from '../../../src-main/upstreams/ollama.ts';
import { openaiCompatible } from '../../../src-main/upstreams/openai-compatible.ts';
import { createProbe } from '../../../src-main/upstreams/probe.ts';
import { httpServer, type LocalServer, targetAt } from './local-server.ts';
import { llamaRouter, llamaSingle, ollamaServer, recordedServer } from './recorded-server.ts';

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

  test('LM Studio, which answers 200 on unknown paths, is neither of them', async () => {
    const other = { status: 200, body: { error: 'Unexpected endpoint or method. (GET /x)' } };
    const paths = {
      '/v1/models': { object: 'list', data: [{ id: 'qwen3', object: 'model', owned_by: 'organization_owner' }] },
    };
    expect(await recognisedBy(jsonServer(paths, other))).toEqual(['openai-compatible']);
  });

  test('SGLang, which answers as Ollama does, is not Ollama', async () => {
    const paths = {
      '/': 'Ollama is running',
      '/api/version': { version: '0.1.0' },
      '/api/tags': { models: [] },
      '/get_model_info': { model_path: 'qwen' },
      '/v1/models': { object: 'list', data: [{ id: 'qwen', owned_by: 'sglang', max_model_len: 32768 }] },
    };
    expect(await recognisedBy(jsonServer(paths, { status: 404, body: { detail: 'Not Found' } }))).toEqual([
      'openai-compatible',
    ]);
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
        capabilities: { tools: true, parallelTools: true, vision: false, reasoning: true, embeddings: null },
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
      contextWindow: { inForce: 4096, maximum: 32768, source: 'api/ps' },
      capabilities: { tools: true, parallelTools: null, vision: false, reasoning: true, embeddings: false },
      flags: { vision: false },
    });
    expect(inspection.models.find((model) => model.name === 'tiny-8k:latest')).toMatchObject({
      loaded: false,
      contextWindow: { inForce: null, maximum: 32768, source: null },
    });
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
