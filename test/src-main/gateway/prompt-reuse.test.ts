import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { chatBody, type Gateway, messagesBody, startGateway, until } from './start-gateway.ts';

let fake: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  fake = await startFakeUpstream();
  gateway = await startGateway({ upstream: fake.url });
});
afterEach(() => fake.clear());
afterAll(async () => {
  await gateway.close();
  await fake.close();
});

async function reuseOf(path: string, body: unknown) {
  const ended = gateway.ends.length;
  await (await gateway.post(path, body)).text();
  await until(() => gateway.ends.length > ended);
  return gateway.ends.at(-1)?.promptReuse;
}

const talk = (system: string, ...more: readonly unknown[]) => ({
  system,
  messages: [{ role: 'user', content: 'go [[hello]]' }, ...more],
});
const going = [
  { role: 'assistant', content: 'Hello' },
  { role: 'user', content: 'again [[hello]]' },
] as const;

test('a translated request tells at its end what changed in the prompt as the server was sent it', async () => {
  const ask = (body: object) => reuseOf('/v1/messages', { ...messagesBody('hello'), ...body });
  expect(await ask(talk('A'))).toEqual({ share: 0, source: 'server', changedAt: null });
  expect(await ask(talk('A', ...going))).toMatchObject({ changedAt: null });
  expect(await ask(talk('B', ...going))).toMatchObject({ changedAt: 'messages[0].content' });
});

test('so does one that goes through, and the server’s own figures count', async () => {
  const body = { ...chatBody('x'), stream_options: { include_usage: true } };
  const usage = { usage: { prompt_tokens: 100, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 60 } } };
  fake.enqueue({ steps: [{ text: 'Hi' }, usage] }, 2);
  expect(await reuseOf('/v1/chat/completions', { ...body, tools: [] })).toMatchObject({
    source: 'server',
    changedAt: null,
  });
  const tools = [{ type: 'function', function: { name: 'a', parameters: {} } }];
  expect(await reuseOf('/v1/chat/completions', { ...body, tools })).toEqual({
    share: 0.6,
    source: 'server',
    changedAt: 'tools[0]',
  });
});

test('a request that failed is not what the next one is compared with', async () => {
  const ask = (body: object) => reuseOf('/v1/messages', { ...messagesBody('hello'), ...body });
  const turn = (system: string, last: string) => talk(system, going[0], { role: 'user', content: last });
  expect(await ask(turn('C', 'go on'))).toMatchObject({ changedAt: expect.any(String) });
  expect(await ask(turn('D', '[[empty-error]]'))).toBeUndefined();
  expect(await ask(turn('C', 'go on'))).toMatchObject({ changedAt: null });
});
