import { afterEach, describe, expect, test } from 'vitest';
import {
  type ActivityLog,
  type ActivityLogOptions,
  createActivityLog,
} from '../../../src-main/activity/activity-log.ts';
import type { ActivityBatch, ActivityRow } from '../../../src-shared/activity.ts';
import type { Protocol } from '../../../src-shared/protocol.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { chatBody, type Gateway, goodKey, messagesBody, startGateway, until } from '../gateway/start-gateway.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(
  options: Partial<ActivityLogOptions> = {},
  protocol: Protocol = 'chat',
): Promise<{ gateway: Gateway; log: ActivityLog; upstream: FakeUpstream }> {
  const upstream = await startFakeUpstream({});
  cleanups.push(() => upstream.close());
  const log = createActivityLog({ paused: () => false, captureAllowed: () => true, now: Date.now, ...options });
  const gateway = await startGateway({ upstream: upstream.url, parts: { tap: log.tap }, protocol });
  cleanups.push(() => gateway.close());
  cleanups.push(async () => log.close());
  return { gateway, log, upstream };
}

async function ask(gateway: Gateway, path: string, body: unknown, headers: Record<string, string> = {}): Promise<void> {
  await (await gateway.post(path, body, { headers })).text();
}

/** The newest row, once its request has ended. */
async function ended(log: ActivityLog): Promise<ActivityRow> {
  await until(() => log.page(1).rows[0] !== undefined && log.page(1).rows[0]?.state !== 'running');
  const row = log.page(1).rows[0];
  if (row === undefined) throw new Error('the log is empty');
  return row;
}

/** Gathers batches until the condition holds. */
async function listen(
  log: ActivityLog,
  enough: (batches: readonly ActivityBatch[]) => boolean,
  meanwhile: () => Promise<void>,
): Promise<readonly ActivityBatch[]> {
  const batches: ActivityBatch[] = [];
  const abort = new AbortController();
  const limit = setTimeout(() => abort.abort(), 5_000);
  const work: Promise<void>[] = [];
  for await (const batch of log.subscribe(abort.signal)) {
    if (batches.push(batch) === 1) work.push(meanwhile());
    if (enough(batches)) break;
  }
  clearTimeout(limit);
  await Promise.all(work);
  return batches;
}

const rowsOf = (batches: readonly ActivityBatch[]): readonly ActivityRow[] => batches.flatMap(({ rows }) => rows);
const hasEnded = (batches: readonly ActivityBatch[]): boolean => rowsOf(batches).some(({ state }) => state === 'done');

describe('clearing', () => {
  test('forgets what has ended, keeps what runs, and tells who watches to ask anew', async () => {
    const { gateway, log } = await start();
    for (const _ of [1, 2, 3]) await ask(gateway, '/v1/messages', messagesBody('hello', { model: 'coder' }));
    await ended(log);
    const slow = ask(gateway, '/v1/messages', messagesBody('slow-body ms=600', { model: 'coder' }));
    await until(() => log.overview().running === 1);
    const batches = await listen(
      log,
      (all) => all.some(({ incomplete }) => incomplete),
      async () => log.clear(),
    );
    expect(batches.at(-1)?.incomplete).toBe(true);
    expect(log.page(10)).toMatchObject({ total: 1, rows: [{ number: 4, state: 'running' }] });
    await ask(gateway, '/v1/messages', messagesBody('hello', { model: 'coder' }));
    await ask(gateway, '/v1/messages', messagesBody('hello', { model: 'coder' }));
    await slow;
    log.clear();
    expect(log.page(10).total).toBe(0);
    await ask(gateway, '/v1/messages', messagesBody('hello', { model: 'coder' }));
    expect(log.page(10, 8).rows.map(({ number }) => number)).toEqual([7]);
  });

  test('leaves gaps in the numbers, over which pages go on', async () => {
    const { gateway, log } = await start();
    const slow = ask(gateway, '/v1/messages', messagesBody('slow-body ms=600', { model: 'coder' }));
    await until(() => log.overview().running === 1);
    for (const _ of [2, 3]) await ask(gateway, '/v1/messages', messagesBody('hello', { model: 'coder' }));
    log.clear();
    for (const _ of [4, 5]) await ask(gateway, '/v1/messages', messagesBody('hello', { model: 'coder' }));
    expect(log.page(10, 5).rows.map(({ number }) => number)).toEqual([4, 1]);
    expect(log.page(10, 4).rows.map(({ number }) => number)).toEqual([1]);
    await slow;
  });
});

describe('a row of the log', () => {
  test('tells who asked what of which model, and what became of it', async () => {
    const { gateway, log } = await start();
    await ask(gateway, '/v1/messages', messagesBody('interleaved', { model: 'coder' }), {
      'user-agent': 'claude-cli/2.1.329 (external, cli)',
    });
    expect(await ended(log)).toMatchObject({
      number: 1,
      state: 'done',
      agent: 'Claude Code',
      purpose: 'chat',
      protocol: 'messages',
      stream: true,
      model: 'coder',
      modelId: 'up/fake-model',
      keyId: 'k_good',
      status: 200,
      finishReason: 'tool-calls',
      error: null,
      tools: ['get_weather', 'get_weather'],
    });
    const row = log.page(1).rows[0];
    expect(row?.usage?.outputTokens).toBeGreaterThan(0);
    expect(row?.totalMs).toBeGreaterThanOrEqual(row?.firstByteMs ?? Number.POSITIVE_INFINITY);
  });

  test('names an error in words, and a request that was turned away at the door', async () => {
    const { gateway, log } = await start();
    await ask(gateway, '/v1/messages', messagesBody('server-error'));
    expect(await ended(log)).toMatchObject({ state: 'failed', error: { message: expect.stringMatching(/\w/) } });
    await ask(gateway, '/v1/messages', messagesBody('hello'), {
      authorization: 'Bearer wrong',
      'user-agent': 'opencode/1.2',
    });
    expect(await ended(log)).toMatchObject({ state: 'refused', agent: 'OpenCode', status: 401, number: 2 });
  });

  test('of an answer that went through unread says that nobody looked for tools', async () => {
    const { gateway, log } = await start();
    await ask(gateway, '/v1/chat/completions', chatBody('interleaved'));
    expect((await ended(log)).tools).toBeNull();
    log.setStreamingLog(true);
    await ask(gateway, '/v1/chat/completions', chatBody('interleaved'));
    await until(() => log.page(1).rows.some(({ number, state }) => number === 2 && state === 'done'));
    expect(log.page(1).rows[0]?.tools).toEqual(['get_weather', 'get_weather']);
  });

  test('is one of a bounded number: the oldest go', async () => {
    const { gateway, log } = await start({ maxRequests: 3 });
    for (let at = 0; at < 5; at += 1) await ask(gateway, '/v1/messages', messagesBody('hello'));
    await ended(log);
    const { rows, total } = log.page(10);
    expect([rows.map(({ number }) => number), total]).toEqual([[5, 4, 3], 3]);
    expect(log.page(10, 5).rows.map(({ number }) => number)).toEqual([4, 3]);
    expect(log.page(10, 3).rows).toEqual([]);
  });
});

describe('the streaming log', () => {
  test('while off keeps no bodies and tells no content', async () => {
    const { gateway, log } = await start();
    const batches = await listen(log, hasEnded, () => ask(gateway, '/v1/messages', messagesBody('hello')));
    expect(batches.flatMap(({ content }) => content)).toEqual([]);
    const detail = log.request((await ended(log)).id);
    expect([detail?.wire, detail?.answer]).toEqual([[], []]);
  });

  test.each(['messages', 'responses'] as const)('tells what a server says that speaks %s', async (protocol) => {
    const { gateway, log } = await start({}, protocol);
    log.setStreamingLog(true);
    const batches = await listen(log, hasEnded, () => ask(gateway, '/v1/chat/completions', chatBody('think')));
    const said = batches.flatMap(({ content }) => content.map(({ kind, text }) => [kind, text] as const));
    const joined = (kind: string) => said.flatMap(([of, text]) => (of === kind ? [text] : [])).join('');
    expect([joined('reasoning'), joined('text')]).toEqual(['Let me think.', 'Thought.']);
    expect(log.request((await ended(log)).id)?.answer.map(({ kind }) => kind)).toEqual(['reasoning', 'text']);
  });

  test('while on tells text, reasoning and tool arguments as they come', async () => {
    const { gateway, log } = await start();
    log.setStreamingLog(true);
    const batches = await listen(log, hasEnded, () => ask(gateway, '/v1/messages', messagesBody('interleaved')));
    const pieces = batches.flatMap(({ content }) => content);
    expect(pieces.filter(({ kind }) => kind === 'arguments').map(({ tool }) => tool)).toContain('get_weather');
    const detail = log.request((await ended(log)).id);
    expect(detail?.answer.filter(({ kind }) => kind === 'arguments').map(({ text }) => JSON.parse(text))).toEqual([
      { city: 'Paris' },
      { city: 'Rome' },
    ]);
    await ask(gateway, '/v1/messages', messagesBody('think'));
    expect(log.request((await ended(log)).id)?.answer.map(({ kind, text }) => [kind, text])).toEqual([
      ['reasoning', 'Let me think.'],
      ['text', 'Thought.'],
    ]);
  });

  test('keeps all four borders, and the local key stands in none of them', async () => {
    const { gateway, log } = await start();
    log.setStreamingLog(true);
    const body = messagesBody('hello', { system: `my key is ${goodKey} and the other dgm_${'x'.repeat(43)}` });
    await ask(gateway, '/v1/messages', body, { 'x-api-key': goodKey });
    const detail = log.request((await ended(log)).id);
    expect(detail?.wire.map(({ border }) => border)).toEqual([
      'agent-to-gateway',
      'gateway-to-server',
      'server-to-gateway',
      'gateway-to-agent',
    ]);
    expect(detail?.wire[0]).toMatchObject({
      line: 'POST /v1/messages',
      headers: { authorization: 'Bearer •••', 'x-api-key': '•••' },
    });
    expect(detail?.wire[1]?.line).toMatch(/^POST http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions$/);
    expect(detail?.wire[3]?.line).toBe('HTTP 200');
    expect(detail?.wire[3]?.body).toContain('message_stop');
    expect(JSON.stringify(detail)).not.toContain(goodKey);
    expect(JSON.stringify(detail)).not.toContain('dgm_xxx');
  });

  test('forgets bodies when it is turned off, when the settings forbid them, and when they grow too large', async () => {
    let allowed = true;
    const { gateway, log } = await start({ captureAllowed: () => allowed, maxBodyBytes: 40_000 });
    log.setStreamingLog(true);
    const large = messagesBody('hello', { system: 'x'.repeat(10_000) });
    for (let at = 0; at < 4; at += 1) await ask(gateway, '/v1/messages', large);
    await ended(log);
    const kept = (): readonly boolean[] => log.page(10).rows.map(({ id }) => (log.request(id)?.wire.length ?? 0) > 0);
    expect(kept()).toEqual([true, false, false, false]);
    log.setStreamingLog(false);
    expect(kept()).toEqual([false, false, false, false]);
    log.setStreamingLog(true);
    await ask(gateway, '/v1/messages', large);
    allowed = false;
    expect(log.overview()).toMatchObject({ streamingLog: false, streamingLogAllowed: false });
    expect(kept()).toEqual([false, false, false, false, false]);
    expect(log.setStreamingLog(true)).toBe(false);
  });
});

describe('what is asked again', () => {
  test('is the request as the agent sent it, its keys masked in what stands before the body', async () => {
    const { gateway, log } = await start();
    log.setStreamingLog(true);
    const body = messagesBody('[[hello]]');
    await ask(gateway, `/v1/messages?beta=true&key=${goodKey}`, body, { 'user-agent': 'codex_cli/1' });
    const { id } = await ended(log);
    const asked = log.asked(id);
    expect(JSON.parse(Buffer.from(asked?.body ?? []).toString())).toEqual(body);
    expect(asked).toMatchObject({
      target: expect.stringMatching(/^\/v1\/messages\?beta=true&key=/),
      userAgent: 'codex_cli/1',
    });
    expect(JSON.stringify([asked?.target, asked?.headers])).not.toContain(goodKey);
    log.setStreamingLog(false);
    expect([log.asked(id), log.asked('req_none')]).toEqual([null, null]);
  });

  test('is nothing where the end of the body was not kept', () => {
    const log = createActivityLog({ paused: () => false, captureAllowed: () => true, now: Date.now });
    log.setStreamingLog(true);
    const exchange = 'req_1';
    const more = { protocol: 'chat', path: '/v1/chat/completions', stream: false, model: 'm' } as const;
    log.tap.start({ exchange, ...more, userAgent: null, keyId: 'k_1', body: {} });
    log.tap.head?.(exchange, 0, 'agent-to-gateway', () => ({
      line: 'POST /v1/chat/completions',
      headers: {},
      conceal: null,
    }));
    const piece = new Uint8Array(8 * 1024 * 1024);
    log.tap.bytes(exchange, 0, 'agent-to-gateway', piece);
    expect(log.asked(exchange)?.body).toHaveLength(piece.length);
    log.tap.bytes(exchange, 0, 'agent-to-gateway', 'x');
    expect(log.asked(exchange)).toBeNull();
    log.close();
  });
});

/** What a server's stream holds: tokens of text, reasoning and tool calls, and what stands between them. */
const wires: readonly {
  readonly protocol: Protocol;
  readonly tokens: readonly object[];
  readonly others: readonly object[];
}[] = [
  {
    protocol: 'chat',
    others: [
      { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] },
      {
        choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '' } }] } }],
      },
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
    ],
    tokens: [
      { choices: [{ index: 0, delta: { reasoning_content: 'Hm' } }] },
      { choices: [{ index: 0, delta: { content: 'Hello' } }] },
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] } }] },
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] } }] },
    ],
  },
  {
    protocol: 'messages',
    others: [
      {
        type: 'message_start',
        message: { id: 'm', model: 'm', content: [], usage: { input_tokens: 1, output_tokens: 1 } },
      },
      { type: 'ping' },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ],
    tokens: [
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo' } },
    ],
  },
  {
    protocol: 'responses',
    others: [
      { type: 'response.created', response: { id: 'r', status: 'in_progress', output: [] } },
      { type: 'response.in_progress', response: { id: 'r', status: 'in_progress', output: [] } },
      { type: 'response.output_item.added', output_index: 0, item: { type: 'message', id: 'i', content: [] } },
    ],
    tokens: [
      { type: 'response.output_text.delta', item_id: 'i', output_index: 0, content_index: 0, delta: 'Hel' },
      { type: 'response.output_text.delta', item_id: 'i', output_index: 0, content_index: 0, delta: 'lo' },
    ],
  },
];

describe('a subscription', () => {
  test('begins with what runs and hears of start, first content and end', async () => {
    const { gateway, log } = await start();
    const batches = await listen(log, hasEnded, () => ask(gateway, '/v1/messages', messagesBody('slow-body ms=300')));
    const seen = rowsOf(batches).map(({ state, firstByteMs }) => [state, firstByteMs !== null]);
    expect(seen[0]).toEqual(['running', expect.any(Boolean)]);
    expect(seen.at(-1)).toEqual(['done', true]);
    expect(log.overview().running).toBe(0);
  });

  test('gets at most ten batches a second, however many pieces come', async () => {
    const { gateway, log } = await start();
    log.setStreamingLog(true);
    const startedAt = performance.now();
    const batches = await listen(log, hasEnded, () => ask(gateway, '/v1/messages', messagesBody('flood count=5000')));
    expect(batches.length).toBeLessThanOrEqual(2 + Math.ceil((performance.now() - startedAt) / 100));
    expect(batches.flatMap(({ content }) => content).length).toBeLessThan(500);
  });

  test('that nobody reads neither grows without end nor holds a request up', async () => {
    const { gateway, log } = await start();
    log.setStreamingLog(true);
    const idle = log.subscribe(undefined);
    await idle.next();
    for (let at = 0; at < 3; at += 1) await ask(gateway, '/v1/messages', messagesBody('flood count=20000'));
    await ended(log);
    const late = await idle.next();
    expect(late.done === true ? 0 : late.value.content.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(
      600_000,
    );
    await idle.return();
  });

  test.each(wires)(
    'tells how many tokens a second come, and counts nothing else that a $protocol server says',
    async ({ protocol, tokens, others }) => {
      const log = createActivityLog({ paused: () => false, captureAllowed: () => true, now: Date.now });
      const batches = log.subscribe(undefined);
      await batches.next();
      const exchange = 'req_1';
      const start = {
        exchange,
        protocol,
        path: '/v1/chat/completions',
        stream: true,
        model: 'm',
        userAgent: null,
        keyId: 'k_1',
        body: {},
      };
      log.tap.start(start);
      log.tap.routed?.({ exchange, modelId: 'box/m', protocol });
      for (const data of others) log.tap.bytes(exchange, 0, 'server-to-gateway', `data: ${JSON.stringify(data)}\n\n`);
      log.tap.bytes(exchange, 0, 'server-to-gateway', ': still here\n\n');
      expect(log.overview().tokensPerSecond).toBe(0);
      for (const data of tokens) log.tap.bytes(exchange, 0, 'server-to-gateway', `data: ${JSON.stringify(data)}\n\n`);
      // Over two seconds.
      expect(log.overview().tokensPerSecond).toBe(tokens.length / 2);
      expect(log.request(exchange)).toMatchObject({ answer: [], wire: [], row: { tools: null } });
      log.close();
    },
  );

  test('ends when the log is closed', async () => {
    const { log } = await start();
    const batches = log.subscribe(undefined);
    await batches.next();
    const next = batches.next();
    log.close();
    expect((await next).done).toBe(true);
  });
});

test('a row tells what its request waits for, and how long it did', async () => {
  const { gateway, log, upstream } = await start();
  upstream.setLoading(true);
  const asked = ask(gateway, '/v1/messages', messagesBody('hello'));
  await until(() => log.page(1).rows[0]?.waitsFor === 'loading');
  upstream.setLoading(false);
  await asked;
  const row = await ended(log);
  expect(row.waitsFor).toBeUndefined();
  expect(row.waits?.loading).toBeGreaterThan(0);
  await ask(gateway, '/v1/messages', messagesBody('hello'));
  await until(() => log.page(1).total === 2);
  expect((await ended(log)).waits).toBeUndefined();
});
