import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { isObject } from '../../src-shared/json.ts';
import { startFakeUpstream } from './upstream.ts';

test('runs by itself, says where it listens and ends on SIGTERM', async () => {
  const child = spawn(
    process.execPath,
    ['test/fakes/upstream.ts', '--personality', 'llama-cpp', '--model', 'tiny', '--api-key', 'secret'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(child.stdout, 'data');
  const { url } = JSON.parse(String(line));
  expect((await fetch(`${url}/v1/models`)).status).toBe(401);
  const models = await fetch(`${url}/v1/models`, { headers: { authorization: 'Bearer secret' } });
  expect(models.headers.get('server')).toBe('llama.cpp');
  expect(await models.json()).toMatchObject({ data: [{ id: 'tiny', owned_by: 'llamacpp' }] });
  child.kill('SIGTERM');
  expect((await once(child, 'exit'))[0]).toBe(0);
});

test('a posted script answers the next request, and what came and who left is told', async () => {
  const fake = await startFakeUpstream();
  const ask = (init: RequestInit = {}) =>
    fetch(`${fake.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
      ...init,
    });
  await fetch(`${fake.url}/__script`, {
    method: 'POST',
    body: JSON.stringify({ script: { steps: [{ text: 'as told' }] } }),
  });
  expect(await (await ask()).text()).toContain('as told');
  expect(await (await ask()).text()).toContain('Hello ');
  await fetch(`${fake.url}/__script`, {
    method: 'POST',
    body: JSON.stringify({ script: { steps: [{ text: 'on' }], end: 'stall' } }),
  });
  const controller = new AbortController();
  await ask({ signal: controller.signal });
  controller.abort();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const aborts: unknown = await (await fetch(`${fake.url}/__aborts`)).json();
  expect(aborts).toMatchObject([{ request: 2, headersSent: true }]);
  const requests: unknown = await (await fetch(`${fake.url}/__requests`)).json();
  expect(Array.isArray(requests) && requests.filter(isObject).map(({ path }) => path)).toEqual(
    Array(3).fill('/v1/chat/completions'),
  );
  await fake.close();
});

test('a cut by script is no abort of the client', async () => {
  const fake = await startFakeUpstream();
  const answer = await fetch(`${fake.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ stream: true, messages: [{ role: 'user', content: '[[cut]]' }] }),
  });
  await expect(answer.text()).rejects.toThrow();
  expect(fake.aborts()).toEqual([]);
  await fake.close();
});

test('speaks Responses too, streamed and as JSON, with the same scripts', async () => {
  const fake = await startFakeUpstream();
  const ask = (text: string, stream: boolean) =>
    fetch(`${fake.url}/v1/responses`, { method: 'POST', body: JSON.stringify({ model: 'm', stream, input: text }) });
  const streamed = await (await ask('[[thinktool]]', true)).text();
  const types = streamed.split('\n').flatMap((line) => (line.startsWith('event: ') ? [line.slice(7)] : []));
  expect(types[0]).toBe('response.created');
  expect(types.at(-1)).toBe('response.completed');
  expect(types).toContain('response.reasoning_text.delta');
  expect(types).toContain('response.function_call_arguments.delta');
  expect(await (await ask('[[thinktool]]', false)).json()).toMatchObject({
    status: 'completed',
    output: [{ type: 'reasoning' }, { type: 'function_call', arguments: '{"city":"Paris"}' }],
  });
  expect((await ask('[[overflow]]', true)).status).toBe(400);
  expect(await (await ask('[[error-mid-stream]]', true)).text()).toContain('response.failed');
  await fake.close();
});
