import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { localControl } from '../../../src-main/control/client.ts';
import { createServiceParts } from '../../../src-main/control/service-parts.ts';
import type { Pull } from '../../../src-shared/model-pulls.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { plainServer } from '../gateway/plain-server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(upstreams: readonly object[]) {
  const home = await mkdtemp(join(tmpdir(), 'dragoman-puller-'));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  await writeFile(join(home, 'settings.json'), JSON.stringify({ detection: { enabled: false }, upstreams }));
  const parts = await createServiceParts({ home, defaultHome: home, version: '0', environment: {} });
  let open = true;
  const close = async (): Promise<void> => {
    if (open) await parts.close();
    open = false;
  };
  cleanups.push(close);
  parts.detection.start();
  await parts.detection.refresh();
  return { control: localControl(parts), close };
}

async function withOllama(): Promise<{ readonly ollama: FakeUpstream } & Awaited<ReturnType<typeof open>>> {
  const ollama = await startFakeUpstream({ personality: 'ollama', models: ['there'] });
  cleanups.push(() => ollama.close());
  return { ollama, ...(await open([{ id: 'ollama', kind: 'ollama', baseUrl: ollama.url }])) };
}
type Control = Awaited<ReturnType<typeof open>>['control'];

/** All that is told until the condition holds. */
async function told(control: Control, until: (pulls: readonly Pull[]) => boolean): Promise<readonly Pull[]> {
  for await (const pulls of await control.models.pulls()) if (until(pulls)) return pulls;
  return expect.fail('it ended before');
}

describe('a model that Ollama is told to fetch', () => {
  it('is there when that is done, and nothing is left to be told', async () => {
    const { control } = await withOllama();
    expect((await control.servers.list({ refresh: false }))[0]?.pulls).toBe(true);
    await control.models.pull({ server: 'ollama', model: 'new:7b' });
    await told(control, (pulls) => pulls.length === 0);
    await expect
      .poll(async () => (await control.models.report({ refresh: false })).servers[0]?.models.map(({ id }) => id))
      .toContain('ollama/new:7b');
  });

  it('tells how far it is over all its layers, goes on when it is asked for again, and ends when it is stopped', async () => {
    const { control, ollama } = await withOllama();
    await control.models.pull({ server: 'ollama', model: 'slow' });
    const [pull] = await told(control, ([one]) => one?.fetched === 750);
    expect(pull).toEqual({
      server: 'ollama',
      model: 'slow',
      doing: 'downloading',
      fetched: 750,
      all: 1000,
      failure: null,
    });
    await control.models.pull({ server: 'ollama', model: 'slow' });
    expect(ollama.requests().filter(({ path }) => path === '/api/pull')).toHaveLength(1);
    await control.models.stopPull({ server: 'ollama', model: 'slow' });
    expect(await told(control, () => true)).toEqual([]);
    await expect.poll(() => ollama.aborts().length).toBe(1);
  });

  it.each([
    ['missing', 'it said “pull model manifest: file does not exist”'],
    ['cut', ''],
  ])('that is %s is told with its reason until it is dismissed or tried again', async (model, why) => {
    const { control } = await withOllama();
    await control.models.pull({ server: 'ollama', model });
    const [pull] = await told(control, ([one]) => one !== undefined && one.failure !== null);
    expect(pull?.failure).toContain(why);
    await control.models.pull({ server: 'ollama', model });
    await told(control, ([one]) => one !== undefined && one.failure !== null);
    await control.models.stopPull({ server: 'ollama', model });
    expect(await told(control, () => true)).toEqual([]);
  });

  it('is refused where the server can’t be told to, or is not known', async () => {
    const { control } = await open([{ id: 'box', kind: 'vllm', baseUrl: 'http://127.0.0.1:9' }]);
    await expect(control.models.pull({ server: 'box', model: 'm' })).rejects.toThrow('can’t be told to fetch');
    await expect(control.models.pull({ server: 'nobody', model: 'm' })).rejects.toThrow('can’t be told to fetch');
    await expect(control.models.pull({ server: 'box', model: 'two words' })).rejects.toMatchObject({
      code: 'BAD_REQUEST',
    });
  });

  it('is given up when the service ends, which waits for nobody who listens', async () => {
    const { control, close, ollama } = await withOllama();
    await control.models.pull({ server: 'ollama', model: 'slow' });
    await told(control, ([one]) => one?.fetched === 750);
    const listening = told(control, () => false).catch((error: unknown) => error);
    await close();
    expect(await listening).toMatchObject({ message: expect.stringContaining('ended before') });
    await expect.poll(() => ollama.aborts().length).toBe(1);
  });
});

describe('a model that LM Studio is told to fetch', () => {
  /** LM Studio 0.4 (its documentation, pages rest/download and rest/download-status); `status` of the job when it is asked after. */
  async function withStudio(status: 'completed' | 'downloading') {
    const job = { job_id: 'job_1', total_size_bytes: 1000 };
    const answers: Record<string, unknown> = {
      '/api/v1/models': { models: [{ type: 'llm', key: 'a', loaded_instances: [] }] },
      '/api/v1/models/download': { ...job, status: 'downloading' },
      '/api/v1/models/download/status/job_1': { ...job, status, downloaded_bytes: status === 'completed' ? 1000 : 400 },
    };
    const server = await plainServer(({ url }) => ({
      headers: { 'x-powered-by': 'Express' },
      body: answers[url] ?? { error: 'Unexpected endpoint or method.' },
    }));
    cleanups.push(() => server.close());
    return { server, ...(await open([{ id: 'lm', kind: 'lm-studio', baseUrl: server.url }])) };
  }

  it('is asked after until it is there', async () => {
    const { control, server } = await withStudio('completed');
    await control.models.pull({ server: 'lm', model: 'openai/gpt-oss-20b' });
    expect(await told(control, ([one]) => one === undefined || one.all !== null)).toMatchObject([
      { doing: 'downloading', fetched: null, all: 1000 },
    ]);
    await told(control, (pulls) => pulls.length === 0);
    expect(server.received.map(({ url }) => url)).toContain('/api/v1/models/download/status/job_1');
  });

  it('can’t be stopped from here, and that is said until it is dismissed', async () => {
    const { control } = await withStudio('downloading');
    await control.models.pull({ server: 'lm', model: 'openai/gpt-oss-20b' });
    await told(control, ([one]) => one?.fetched === 400);
    await control.models.stopPull({ server: 'lm', model: 'openai/gpt-oss-20b' });
    expect(await told(control, () => true)).toMatchObject([
      { failure: 'LM Studio goes on with it, and can only be stopped in its own window.' },
    ]);
    await control.models.stopPull({ server: 'lm', model: 'openai/gpt-oss-20b' });
    expect(await told(control, () => true)).toEqual([]);
  });
});

describe('a model that a llama-server router is told to fetch', () => {
  const name = 'ggml-org/tiny-GGUF:Q4_K_M';

  /** A router (tools/server/README.md, server-models.cpp): a download stands in its list, and goes from it when it fails or is called off. */
  async function withRouter(options: { readonly ends?: 'fetched' | 'failed'; readonly role?: 'router' } = {}) {
    const { ends = 'fetched', role = 'router' } = options;
    let state: 'none' | 'downloading' | 'unloaded' = 'none';
    let asked = 0;
    const listed = (): readonly unknown[] => {
      if (state === 'none') return [];
      if (state === 'downloading') asked += 1;
      if (asked > 2) state = ends === 'fetched' ? 'unloaded' : 'none';
      const progress = { 'https://hf/a': { done: 300, total: 600 }, 'https://hf/b': { done: 100, total: 400 } };
      const status = state === 'downloading' ? { value: state, progress } : { value: state };
      return state === 'none' ? [] : [{ id: name, status }];
    };
    const server = await plainServer(({ url, body }) => {
      const headers = { server: 'llama.cpp' };
      const refused = (message: string) => ({ status: 400, headers, body: { error: { code: 400, message } } });
      if (url === '/props') return { headers, body: { role, models_autoload: true } };
      if (url === '/v1/models') return { headers, body: { data: listed() } };
      if (url === '/models/unload') {
        state = 'none';
        return { headers, body: { success: true } };
      }
      if (JSON.parse(String(body)).model !== name) return refused('model validation failed, unable to download');
      state = 'downloading';
      return { headers, body: { success: true } };
    });
    cleanups.push(() => server.close());
    return { server, ...(await open([{ id: 'box', kind: 'llama-cpp', baseUrl: server.url }])) };
  }

  it('is followed in its list until it is there', async () => {
    const { control } = await withRouter();
    expect((await control.servers.list({ refresh: false }))[0]?.pulls).toBe(true);
    await control.models.pull({ server: 'box', model: name });
    expect(await told(control, ([one]) => one === undefined || one.all !== null)).toMatchObject([
      { doing: 'downloading', fetched: 400, all: 1000 },
    ]);
    expect(await told(control, ([one]) => one === undefined || one.failure !== null)).toEqual([]);
  });

  it('is called off at the server when it is stopped', async () => {
    const { control, server } = await withRouter();
    await control.models.pull({ server: 'box', model: name });
    await told(control, ([one]) => one?.fetched === 400);
    await control.models.stopPull({ server: 'box', model: name });
    expect(await told(control, () => true)).toEqual([]);
    await expect
      .poll(() => server.received.find(({ url }) => url === '/models/unload')?.body.toString())
      .toContain(name);
  });

  it('that fails, or that it refuses, is told with why', async () => {
    const failing = await withRouter({ ends: 'failed' });
    await failing.control.models.pull({ server: 'box', model: name });
    const [failed] = await told(failing.control, ([one]) => one !== undefined && one.failure !== null);
    expect(failed?.failure).toBe(`llama-server did not fetch ${name}. Its log says why.`);
    await failing.control.models.pull({ server: 'box', model: 'nobody/knows' });
    const refused = await told(
      failing.control,
      (pulls) => pulls.filter(({ failure }) => failure !== null).length === 2,
    );
    expect(refused[1]?.failure).toContain('model validation failed');
  });
});

it('a llama-server with one model can’t be told to fetch another', async () => {
  const headers = { server: 'llama.cpp' };
  const server = await plainServer(({ url }) =>
    url === '/props' ? { headers, body: { total_slots: 1 } } : { headers, body: { data: [{ id: 'm' }] } },
  );
  cleanups.push(() => server.close());
  const { control } = await open([{ id: 'box', kind: 'llama-cpp', baseUrl: server.url }]);
  expect((await control.servers.list({ refresh: false }))[0]?.pulls).toBeUndefined();
  await expect(control.models.pull({ server: 'box', model: 'm' })).rejects.toThrow('can’t be told to fetch');
});
