import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { ModelEntry } from '../../src-shared/catalogue.ts';
import type { ModelLoad } from '../../src-shared/model-loads.ts';
import { messagesGrammar } from '../event-grammar.ts';
import { freePort, loaded, startLlamaServer } from '../programs/llama-server.ts';
import { startProgram } from '../programs/program.ts';
import { startTestService, type TestService } from '../programs/service.ts';

/** A real llama-server in the states that it can be in, behind a whole service: what an agent gets, and what is told of the server. */
const open: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.stop();
});

function kept<Stoppable extends { stop(): Promise<unknown> }>(one: Stoppable): Stoppable {
  open.push(one);
  return one;
}

/** A router over `fast` and `slow`, which loads from the disk without memory mapping, so that it takes a while. */
async function startRouter(...flags: readonly string[]): Promise<{ readonly url: string; readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-router-'));
  kept({ stop: async () => rmSync(folder, { recursive: true, force: true }) });
  const models = process.env.DRAGOMAN_TINY_MODELS ?? '';
  symlinkSync(join(models, 'scripted.gguf'), join(folder, 'fast.gguf'));
  symlinkSync(join(models, 'scripted-slow.gguf'), join(folder, 'slow.gguf'));
  const port = await freePort();
  const place = ['--host', '127.0.0.1', '--port', String(port)];
  const load = ['--models-dir', folder, '-c', '4096', '--offline', '--no-ui', '--load-mode', 'none'];
  const router = kept(startProgram(process.env.DRAGOMAN_LLAMA_SERVER ?? '', [...place, ...load, ...flags]));
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await answers())) {
    if (router.child.exitCode !== null) throw new Error(`llama-server ended: ${router.errors()}`);
    await sleep(50);
  }
  return { url, folder };
}

const upstream = (baseUrl: string, more: Readonly<Record<string, unknown>> = {}) => ({
  upstreams: [{ id: 'box', kind: 'llama-cpp', baseUrl, ...more }],
  gateway: { holdStatusSeconds: 0.2 },
});

async function serverOf({ control }: TestService) {
  const { servers } = await control.models.report({ refresh: false });
  return servers[0];
}

async function modelOf(service: TestService, name: string): Promise<ModelEntry | undefined> {
  return (await serverOf(service))?.models.find(({ upstreamModel }) => upstreamModel === name);
}

describe('a router with several models', () => {
  it('loads the one that is asked for, tells how far it is, and frees the one that has to go', async () => {
    const { url } = await startRouter('--models-max', '1');
    const service = kept(await startTestService(upstream(url)));
    const told: (readonly ModelLoad[])[] = [];
    const { loader } = service.service.parts;
    loader.subscribe(() => void told.push(loader.loads()));

    const text = await (await service.ask('box/slow', 'hello', { max_tokens: 4 })).text();
    expect(messagesGrammar(text)).toEqual([]);
    expect(text).toContain('message_stop');
    expect(told[0]).toMatchObject([{ model: 'box/slow', doing: 'loading' }]);
    expect(told.flat().some(({ progress }) => progress !== null && progress > 0)).toBe(true);
    expect(loader.loads()).toEqual([]);
    await expect.poll(() => modelOf(service, 'slow')).toMatchObject({ loaded: true, loading: 'idle' });
    expect(await modelOf(service, 'fast')).toMatchObject({ loaded: false });

    expect((await service.ask('box/fast', 'hello', { stream: false })).status).toBe(200);
    await expect.poll(() => modelOf(service, 'fast')).toMatchObject({ loaded: true });
    await expect.poll(() => modelOf(service, 'slow'), { timeout: 5000 }).toMatchObject({ loaded: false });
    const { rows } = await service.control.activity.snapshot({ limit: 10 });
    expect(rows.map(({ modelId, state }) => [modelId, state])).toEqual([
      ['box/fast', 'done'],
      ['box/slow', 'done'],
    ]);
    for (const row of rows) expect(row.waits?.loading).toBeGreaterThan(0);
  }, 60_000);

  it('answers for a model whose file is gone, and goes on with the others', async () => {
    const { url, folder } = await startRouter();
    const service = kept(await startTestService(upstream(url)));
    rmSync(join(folder, 'slow.gguf'));
    expect(existsSync(join(folder, 'fast.gguf'))).toBe(true);
    const response = await service.ask('box/slow', 'hello', { stream: false });
    expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('box: ')]);
    await expect.poll(() => modelOf(service, 'slow')).toMatchObject({ loaded: false, loading: 'idle' });
    expect((await service.ask('box/fast', 'hello', { stream: false })).status).toBe(200);
  }, 60_000);

  it('with an API key: is told as what wants one, and answers with it', async () => {
    const { url } = await startRouter('--api-key', 'sesame');
    const without = kept(await startTestService(upstream(url)));
    expect(await serverOf(without)).toMatchObject({ state: 'unauthorized' });
    const refused = await without.ask('box/fast', 'hello', { stream: false });
    expect([refused.status, await refused.text()]).toEqual([502, expect.stringContaining('refused the secret')]);
    const wrong = kept(await startTestService(upstream(url, secretOf('BOX')), { BOX: 'open' }));
    expect(await serverOf(wrong)).toMatchObject({ state: 'unauthorized' });
    const right = kept(await startTestService(upstream(url, secretOf('BOX')), { BOX: 'sesame' }));
    expect(await serverOf(right)).toMatchObject({ state: 'up' });
    expect((await right.ask('box/fast', 'hello', { stream: false })).status).toBe(200);
    await right.control.models.unload({ model: 'box/fast' });
    expect(await modelOf(right, 'fast')).toMatchObject({ loaded: false });
  }, 60_000);

  const secretOf = (name: string) => ({ secret: { from: 'env', name } });
});

it('a single one with an API key answers with that, and is told as what wants it else', async () => {
  const llama = kept(await startLlamaServer({ model: 'scripted', context: 2048, flags: ['--api-key', 'sesame'] }));
  const without = kept(await startTestService(upstream(llama.url)));
  expect(await serverOf(without)).toMatchObject({ state: 'unauthorized' });
  expect((await without.ask('box/scripted', 'hello', { stream: false })).status).toBe(502);
  const secret = { secret: { from: 'env', name: 'BOX' } };
  const service = kept(await startTestService(upstream(llama.url, secret), { BOX: 'sesame' }));
  expect(await serverOf(service)).toMatchObject({ state: 'up', models: [{ id: 'box/scripted', loaded: true }] });
  expect((await service.ask('box/scripted', 'hello', { stream: false })).status).toBe(200);
}, 60_000);

describe('a server that is loading its model', () => {
  it('is waited for by a request that came first, which is kept alive meanwhile', async () => {
    const port = await freePort();
    const service = kept(await startTestService(upstream(`http://127.0.0.1:${port}`)));
    const flags = ['--load-mode', 'none'];
    const llama = kept(await startLlamaServer({ model: 'scripted-slow', context: 2048, port, wait: false, flags }));
    let refused: string;
    let asked: Response;
    // Before it listens, and while it does and loads.
    do {
      asked = await service.ask('box/scripted-slow', 'hello', { max_tokens: 4 });
      refused = asked.status === 200 ? '' : await asked.text();
      await sleep(10);
    } while (/connection refused|closed the connection/.test(refused));
    expect([asked.status, refused]).toEqual([200, '']);
    const text = await asked.text();
    expect(messagesGrammar(text)).toEqual([]);
    expect(text).toContain('message_stop');
    await loaded(llama);
    const { rows } = await service.control.activity.snapshot({ limit: 1 });
    expect(rows[0]?.waits?.loading).toBeGreaterThan(0);
    // Not only at the next round of the detection, ten seconds later.
    await expect.poll(() => serverOf(service), { timeout: 4000 }).toMatchObject({ state: 'up' });
  }, 60_000);

  it('is told as gone when it dies at that', async () => {
    const port = await freePort();
    const service = kept(await startTestService(upstream(`http://127.0.0.1:${port}`)));
    const flags = ['--load-mode', 'none'];
    const llama = kept(await startLlamaServer({ model: 'scripted-slow', context: 2048, port, wait: false, flags }));
    const isLoading = () =>
      fetch(`http://127.0.0.1:${port}/health`).then(
        ({ status }) => status === 503,
        () => false,
      );
    while (!(await isLoading())) await sleep(5);
    const asked = service.ask('box/scripted-slow', 'hello', { stream: false });
    await expect.poll(() => service.service.parts.loader.loads(), { interval: 5 }).toHaveLength(1);
    llama.child.kill('SIGKILL');
    const response = await asked;
    expect([response.status, await response.text()]).toEqual([
      502,
      expect.stringContaining('It ended while it was loading its model'),
    ]);
    expect(service.service.parts.loader.loads()).toEqual([]);
    await expect.poll(() => serverOf(service), { timeout: 4000 }).toMatchObject({ state: 'down' });
  }, 60_000);
});

it('a server that sleeps is up, and woken by a request', async () => {
  const flags = ['--sleep-idle-seconds', '1'];
  const llama = kept(await startLlamaServer({ model: 'scripted', context: 2048, flags }));
  const sleeps = async () => (await (await fetch(`${llama.url}/props`)).json()).is_sleeping;
  const service = kept(await startTestService(upstream(llama.url)));
  await expect.poll(sleeps, { timeout: 20_000, interval: 200 }).toBe(true);
  await service.control.models.report({ refresh: true });
  expect(await serverOf(service)).toMatchObject({ state: 'up' });
  expect(await sleeps()).toBe(true); // looking at it does not wake it
  const text = await (await service.ask('box/scripted', 'hello')).text();
  expect(messagesGrammar(text)).toEqual([]);
  expect(text).toContain('message_stop');
}, 60_000);

it('with its only slot busy, the next request waits for its turn, is kept alive, and is told where it is', async () => {
  const llama = kept(await startLlamaServer({ model: 'scripted-slow', context: 4096 }));
  const service = kept(await startTestService(upstream(llama.url)));
  const leaving = new AbortController();
  const first = await service.ask('box/scripted-slow', 'loop', { max_tokens: 4000 }, leaving.signal);
  const second = service.ask('box/scripted-slow', 'hello', { max_tokens: 4 });
  const newest = async () => (await service.control.activity.snapshot({ limit: 1 })).rows[0];
  await expect.poll(newest).toMatchObject({ state: 'running', waitsFor: 'turn' });
  expect((await llama.slots()).filter((slot) => slot.is_processing)).toHaveLength(1);
  await sleep(600);
  leaving.abort();
  await first.text().catch(() => 'left');
  const text = await (await second).text();
  expect(messagesGrammar(text)).toEqual([]);
  // A row is told of its end a moment after the last byte.
  await expect.poll(newest).toMatchObject({ state: 'done' });
  const row = await newest();
  expect(row?.waitsFor).toBeUndefined();
  expect(row?.waits?.turn).toBeGreaterThan(500);
}, 60_000);

it('one that embeds gives vectors, in the order of the texts', async () => {
  const flags = ['--embeddings', '--pooling', 'mean'];
  const llama = kept(await startLlamaServer({ model: 'scripted', context: 512, flags }));
  const service = kept(await startTestService(upstream(llama.url)));
  const response = await service.post('/v1/embeddings', { model: 'box/scripted', input: ['a', 'b c'] });
  expect(response.status).toBe(200);
  const { data } = await response.json();
  expect(data.map(({ index }: { readonly index: number }) => index)).toEqual([0, 1]);
  expect(data[0].embedding.length).toBeGreaterThan(100);
}, 60_000);
