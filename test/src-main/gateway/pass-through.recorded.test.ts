import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spliceJson } from '../../../src-main/protocols/conversation/splice-json.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { UpstreamKindId } from '../../../src-shared/settings.ts';
import { type PlainAnswer, type PlainServer, plainServer, sse } from './plain-server.ts';
import { type Gateway, startGateway } from './start-gateway.ts';

/** F14 over what real servers answered and what the real agents ask: nothing changes on the way but the model's name in the request. */
const fixtures = process.env.DRAGOMAN_FIXTURES ?? '';

interface Pair {
  readonly name: string;
  readonly request: Buffer;
  readonly answer: PlainAnswer & { readonly body: Buffer };
}

function pairsOf(wire: string): readonly Pair[] {
  return ['json', 'stream', 'error'].flatMap((folder) => {
    const path = join(fixtures, 'recorded', wire, folder);
    if (fixtures === '' || !existsSync(path)) return [];
    const names = readdirSync(path);
    return names.flatMap((name) => {
      const [, base, form] = /^(.*)\.response\.(json|sse)$/.exec(name) ?? [];
      if (base === undefined || !names.includes(`${base}.request.json`)) return [];
      const [, status = '200'] = /\.(\d{3})\.(?:json|sse)\./.exec(name) ?? [];
      const headers = form === 'sse' ? sse : {};
      return [
        {
          name: base,
          request: readFileSync(join(path, `${base}.request.json`)),
          answer: { status: Number(status), headers, body: readFileSync(join(path, name)) },
        },
      ];
    });
  });
}

const wires: readonly { readonly wire: string; readonly kind: UpstreamKindId; readonly path: string }[] = [
  { wire: 'anthropic-messages', kind: 'anthropic', path: '/v1/messages' },
  { wire: 'openai-responses', kind: 'openai', path: '/v1/responses' },
  { wire: 'openai-chat', kind: 'openai', path: '/v1/chat/completions' },
];

describe.skipIf(!process.env.DRAGOMAN_FIXTURES).each(wires)('$wire', ({ wire, kind, path }) => {
  let server: PlainServer;
  let gateway: Gateway;
  let answer: PlainAnswer;
  beforeAll(async () => {
    server = await plainServer(() => answer);
    gateway = await startGateway({ upstream: server.url, kind });
  });
  afterAll(async () => {
    await gateway.close();
    server.close();
  });
  const sent = async (body: Uint8Array): Promise<Response> => {
    server.received.length = 0;
    return gateway.post(path, spliceJson(body, 'coder'));
  };

  const good = pairsOf(wire).filter(({ answer: { status } }) => status === 200);
  test.skipIf(good.length === 0).each(good)('$name', async (pair) => {
    answer = pair.answer;
    const parsed: unknown = JSON.parse(pair.answer.headers === sse ? 'null' : pair.answer.body.toString());
    const isError = isObject(parsed) && isObject(parsed.error) && parsed.output === undefined;
    const answered = await sent(pair.request);
    const bytes = Buffer.from(await answered.arrayBuffer());
    expect(Buffer.compare(server.received[0]?.body ?? Buffer.alloc(0), spliceJson(pair.request, 'fake-model'))).toBe(0);
    if (isError) return;
    expect(answered.status).toBe(200);
    expect(bytes.equals(pair.answer.body)).toBe(true);
    const end = gateway.ends.at(-1);
    expect(end?.diagnostics).toEqual([]);
    if (pair.answer.headers === sse && /"usage":\s*\{/.test(pair.answer.body.toString()))
      expect(end?.usage).not.toBeNull();
  });

  const bad = pairsOf(wire).filter(({ answer: { status } }) => status !== 200);
  test.skipIf(bad.length === 0).each(bad)('an error stays one: $name', async (pair) => {
    answer = pair.answer;
    const answered = await sent(pair.request);
    expect(answered.status).toBeGreaterThanOrEqual(400);
    const body: unknown = await answered.json();
    expect(isObject(body) && isObject(body.error)).toBe(true);
  });
});

function agentRequests(agent: string, path: RegExp): readonly { readonly name: string; readonly body: Buffer }[] {
  if (fixtures === '') return [];
  const root = join(fixtures, 'agent-requests', agent);
  return readdirSync(root).flatMap((scenario) => {
    const lines = readFileSync(join(root, scenario, 'requests.jsonl'), 'utf8')
      .trim()
      .split('\n');
    return lines.flatMap((line, index) => {
      const request: unknown = JSON.parse(line);
      if (!isObject(request) || typeof request.url !== 'string' || !path.test(request.url) || !isObject(request.body))
        return [];
      return [{ name: `${agent} ${scenario} ${index}`, body: Buffer.from(JSON.stringify(request.body)) }];
    });
  });
}

const asked = [
  { path: '/v1/messages', kind: 'anthropic', of: ['claude', 'opencode', 'qwen'], url: /\/messages(?:\?|$)/ },
  { path: '/v1/responses', kind: 'openai', of: ['codex', 'opencode', 'qwen'], url: /\/responses$/ },
  { path: '/v1/chat/completions', kind: 'openai', of: ['opencode', 'qwen'], url: /\/chat\/completions$/ },
] as const;

test.skipIf(!process.env.DRAGOMAN_FIXTURES).each(asked)(
  'what the agents ask $path goes through',
  async ({ path, kind, of, url }) => {
    const requests = of.flatMap((agent) => agentRequests(agent, url));
    expect(requests.length).toBeGreaterThan(3);
    const server = await plainServer(() => ({ body: { id: 'x' } }));
    const gateway = await startGateway({ upstream: server.url, kind });
    for (const { name, body } of requests) {
      server.received.length = 0;
      await (await gateway.post(path, spliceJson(body, 'coder'))).text();
      const expected: unknown = JSON.parse(Buffer.from(spliceJson(body, 'fake-model')).toString());
      const got: unknown = JSON.parse(server.received[0]?.body.toString() ?? 'null');
      // Unsigned thinking of a scripted server is all that Anthropic would refuse and that is left out.
      if (JSON.stringify(expected).includes('"signature":""')) continue;
      expect([name, got]).toEqual([name, expected]);
    }
    await gateway.close();
    server.close();
  },
);
