import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import { type Serve, startServe } from '../programs/serve.ts';

const clients = [
  { client: 'messages', path: '/v1/messages', says: /prompt is too long/ },
  { client: 'chat, which goes through as it is', path: '/v1/chat/completions', says: /maximum context length/ },
  { client: 'responses', path: '/v1/responses', says: /context window|context length/ },
].map((one, at) => ({ ...one, at }));

/** One for each client. Each has a window of 4,096 tokens, of which nobody knows before a model is loaded. */
let ollamas: readonly FakeUpstream[];
let serve: Serve;

const long = 'A heron stood in the water and waited. '.repeat(1200);

const bodyOf = (path: string, model: string, said: string) =>
  path === '/v1/responses'
    ? { model, input: said, store: false }
    : { model, max_tokens: 100, messages: [{ role: 'user', content: said }] };

async function ask(path: string, model: string, said: string) {
  const answer = await fetch(`${serve.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${serve.key}` },
    body: JSON.stringify(bodyOf(path, model, said)),
  });
  return { status: answer.status, text: await answer.text() };
}

/** The models that were asked for an answer. */
const answered = (at: number): readonly string[] =>
  (ollamas[at]?.requests() ?? []).flatMap(({ path, body }) =>
    path.startsWith('/v1/chat') ? [JSON.parse(body).model] : [],
  );

beforeAll(async () => {
  const options = { personality: 'ollama', models: ['m', 'wide'], contextWindow: 4096, modelLoadMs: 50 } as const;
  ollamas = await Promise.all(clients.map(() => startFakeUpstream(options)));
  for (const { url } of ollamas)
    await fetch(`${url}/api/generate`, { method: 'POST', body: '{"model":"m","keep_alive":0}' });
  const models = { wide: { contextWindow: 65_536 } };
  serve = await startServe({
    upstreams: ollamas.map(({ url }, at) => ({ id: `o${at}`, kind: 'ollama', baseUrl: url, models })),
  });
}, 60_000);
afterAll(async () => {
  await serve?.stop();
  for (const ollama of ollamas) await ollama.close();
});

describe('a prompt that an Ollama would shorten without a word', () => {
  beforeEach(() => {
    for (const ollama of ollamas) ollama.clear();
  });

  it.each(clients)(
    'is refused in the words of $client before it is sent, also where the model has to be loaded to know',
    async ({ at, path, says }) => {
      expect(ollamas[at]?.loaded()).toEqual(new Set());
      const refused = await ask(path, `o${at}/m`, long);
      expect(refused).toMatchObject({ status: 400, text: expect.stringMatching(says) });
      expect(answered(at)).toEqual([]);
      expect(ollamas[at]?.loaded()).toEqual(new Set(['m']));
      expect(await ask(path, `o${at}/m`, 'Hello')).toMatchObject({ status: 200 });
      expect(answered(at)).toEqual(['m']);
    },
  );

  it.each(clients)('is answered whole by a variant with the wanted context: $client', async ({ at, path }) => {
    expect(await ask(path, `o${at}/wide`, long)).toMatchObject({ status: 200 });
    expect(answered(at)).toEqual([expect.stringMatching(/^wide.*(?:64k|65536)/)]);
  });
});
