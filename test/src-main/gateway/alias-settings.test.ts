import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Protocol, protocols } from '../../../src-shared/protocol.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { busy, type Gateway, startGateway } from './start-gateway.ts';

let fake: FakeUpstream;
const gateways: Gateway[] = [];
beforeAll(async () => {
  fake = await startFakeUpstream();
});
afterAll(() => fake.close());
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
  fake.clear();
});

const paths: Readonly<Record<Protocol, string>> = {
  messages: '/v1/messages',
  chat: '/v1/chat/completions',
  responses: '/v1/responses',
};

/** A small request of a client of this protocol. */
function asked(protocol: Protocol, rest: object): object {
  const said = 'Say hello.';
  const base = { model: 'coder', stream: true, ...rest };
  switch (protocol) {
    case 'messages':
      return { ...base, max_tokens: 50, messages: [{ role: 'user', content: said }] };
    case 'chat':
      return { ...base, messages: [{ role: 'user', content: said }] };
    case 'responses':
      return { ...base, input: said, store: false };
  }
}

const ways = protocols.flatMap((client) => protocols.map((server) => ({ client, server })));
const way = '$client client, $server server';

async function gatewayTo(server: Protocol, more: Partial<Parameters<typeof startGateway>[0]>): Promise<Gateway> {
  const gateway = await startGateway({ upstream: fake.url, protocol: server, ...more });
  gateways.push(gateway);
  return gateway;
}

describe('what is set for an alias holds on every way through', () => {
  it.each(ways)(`defaults, where the client said nothing: ${way}`, async ({ client, server }) => {
    const gateway = await gatewayTo(server, { defaults: { temperature: 0.1 } });
    for (const rest of [{}, { temperature: 0.7 }]) {
      const response = await gateway.post(paths[client], asked(client, rest));
      await response.text();
      expect(response.status).toBe(200);
    }
    const sent = fake.requests().map(({ body }) => JSON.parse(body).temperature);
    expect(sent).toEqual([0.1, 0.7]);
  });

  it.each(ways)(`the time between two bytes: ${way}`, busy, async ({ client, server }) => {
    fake.enqueue({ steps: [{ text: 'Hel' }, { wait: 60_000 }] });
    const gateway = await gatewayTo(server, { timeouts: { idleMs: 150 } });
    const before = performance.now();
    const response = await gateway.post(paths[client], asked(client, {}));
    expect(await response.text()).toMatch(/error/i);
    expect(performance.now() - before).toBeLessThan(3000);
  });

  it.each(ways)(`the time to the first byte: ${way}`, busy, async ({ client, server }) => {
    fake.enqueue({ headersAfterMs: 60_000, steps: [] });
    const gateway = await gatewayTo(server, { timeouts: { firstByteMs: 150 } });
    const before = performance.now();
    const response = await gateway.post(paths[client], asked(client, {}));
    expect(await response.text()).toMatch(/answer|time/i);
    expect(response.status).toBeGreaterThanOrEqual(500);
    expect(performance.now() - before).toBeLessThan(3000);
  });
});
