import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { localControl } from '../../../src-main/control/client.ts';
import { createServiceParts } from '../../../src-main/control/service-parts.ts';
import type { Pull } from '../../../src-shared/model-pulls.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';

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
  it('is asked after until it is there', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const answers: Record<string, unknown> = {
        '/api/v1/models': { models: [{ type: 'llm', key: 'a', loaded_instances: [] }] },
        '/api/v1/models/download': { job_id: 'job_1', status: 'downloading', total_size_bytes: 1000 },
        '/api/v1/models/download/status/job_1': {
          job_id: 'job_1',
          status: 'completed',
          total_size_bytes: 1000,
          downloaded_bytes: 1000,
        },
      };
      response.writeHead(200, { 'content-type': 'application/json', 'x-powered-by': 'Express' });
      response.end(JSON.stringify(answers[request.url ?? ''] ?? { error: `Unexpected endpoint or method.` }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => {
      server.close();
      server.closeAllConnections();
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : null;
    const { control } = await open([{ id: 'lm', kind: 'lm-studio', baseUrl: `http://127.0.0.1:${port}` }]);
    await control.models.pull({ server: 'lm', model: 'openai/gpt-oss-20b' });
    expect(await told(control, ([one]) => one === undefined || one.all !== null)).toMatchObject([
      { doing: 'downloading', fetched: null, all: 1000 },
    ]);
    await told(control, (pulls) => pulls.length === 0);
    expect(asked).toContain('GET /api/v1/models/download/status/job_1');
  });
});
