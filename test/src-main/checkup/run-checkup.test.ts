import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../../src-main/checkup/answer.ts';
import { connectGateway, type GatewayClient } from '../../../src-main/checkup/ask.ts';
import type { Subject } from '../../../src-main/checkup/check.ts';
import type { NativeAnswer, NativeEndpoints } from '../../../src-main/checkup/native-endpoint.ts';
import { runCheckup } from '../../../src-main/checkup/run-checkup.ts';
import type { GatewayParts } from '../../../src-main/gateway/parts.ts';
import { kindOf } from '../../../src-main/upstreams/kinds.ts';
import { remediesOf } from '../../../src-main/upstreams/remedies.ts';
import {
  type CheckId,
  type CheckLine,
  type CheckupProgress,
  type CheckupReport,
  checkTitles,
} from '../../../src-shared/checkup.ts';
import { defaultFlags } from '../../../src-shared/compat-flags.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { UpstreamKindId } from '../../../src-shared/settings.ts';
import { type ModelFault, startCapableModel } from '../../fakes/capable-model.ts';
import { goodKey, startGateway } from '../gateway/start-gateway.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A model, and the kind of server that it is at. */
type Checked = Partial<Subject> & { readonly kind?: UpstreamKindId };

const plain: Subject = {
  model: 'up/fake-model',
  upstreamModel: 'fake-model',
  protocol: 'chat',
  nativeKind: [],
  flags: defaultFlags,
  contextWindow: 8192,
  reasoning: null,
  tellsCacheReuse: false,
  remedies: remediesOf(kindOf('openai-compatible'), { name: 'fake-model', tools: null }),
};

/** Tokens as the capable model counts them. */
const tokens: GatewayParts['tokens'] = {
  count: async (_route, body) => Math.ceil(JSON.stringify(body).length / 4),
  estimate: (_route, { bytes }) => Math.ceil(bytes / 4),
  learn: () => undefined,
};

const answered: Answer = {
  content: [{ type: 'text', text: 'Hello.' }],
  text: 'Hello.',
  reasoning: '',
  toolCalls: [],
  stopReason: 'end_turn',
  usage: null,
  error: null,
  timing: { first: 1, last: 2, pieces: 2 },
};

/** A server that speaks nothing of its own. */
const noEndpoints: NativeEndpoints = { ask: async () => ({ status: 404, text: '' }) };

/** The endpoints of what listens there. */
function endpointsAt(url: string): NativeEndpoints {
  return {
    async ask(protocol, body, signal) {
      const headers = { 'content-type': 'application/json', 'x-api-key': goodKey };
      const sent = JSON.stringify({ model: 'up/fake-model', ...body });
      const response = await fetch(`${url}/v1/${protocol}`, { method: 'POST', headers, body: sent, signal });
      return { status: response.status, text: await response.text() };
    },
  };
}

/** All that a check-up tells, of a model with these faults. */
async function checkup(
  { kind = 'openai-compatible', ...subject }: Checked,
  faults: readonly ModelFault[] = [],
  changed: (native: NativeEndpoints) => NativeEndpoints = (native) => native,
): Promise<readonly CheckupProgress[]> {
  const model = await startCapableModel(...faults);
  const whole: Subject = {
    ...plain,
    tellsCacheReuse: kindOf(kind).tellsCacheReuse === true,
    remedies: remediesOf(kindOf(kind), { name: subject.upstreamModel ?? plain.upstreamModel, tools: null }),
    ...subject,
  };
  // What is spoken beyond Chat, a second gateway speaks, which translates for the model.
  const server =
    whole.protocol === 'chat'
      ? model
      : await startGateway({ upstream: model.url, kind: 'vllm', hopId: 'behind', parts: { tokens } });
  const gateway = await startGateway({
    upstream: server.url,
    kind,
    protocol: whole.protocol,
    ...(whole.protocol !== 'chat' && { upstreamModel: 'coder', secret: goodKey }),
    parts: { tokens },
  });
  const client = connectGateway(gateway.url, goodKey);
  cleanups.push(
    model.close,
    () => server.close(),
    () => gateway.close(),
    client.close,
  );
  const { signal } = new AbortController();
  const told: CheckupProgress[] = [];
  const native = changed(endpointsAt(server.url));
  for await (const event of runCheckup({ gateway: client, subject: whole, native, nonce: 'n', signal }))
    told.push(event);
  return told;
}

function reportOf(progress: readonly CheckupProgress[]): CheckupReport {
  const last = progress.at(-1);
  return last?.kind === 'done' ? last.report : expect.fail('it did not end');
}

async function reported(subject: Checked, ...faults: readonly ModelFault[]): Promise<CheckupReport> {
  return reportOf(await checkup(subject, faults));
}

function lineOf({ lines }: CheckupReport, id: CheckId): CheckLine {
  return lines.find((line) => line.id === id) ?? expect.fail(`${id} is missing`);
}

describe('the check-up of a model', () => {
  it('passes a model that can do everything, and tells of each check as it goes', async () => {
    const progress = await checkup({ kind: 'vllm' });
    const report = reportOf(progress);
    // It speaks nothing but Chat.
    expect(report.lines.filter(({ result }) => result !== 'pass').map(({ id, result }) => [id, result])).toEqual([
      ['native-messages', 'unknown'],
      ['native-responses', 'unknown'],
    ]);
    expect(report.lines.map(({ id }) => id)).toEqual(Object.keys(checkTitles));
    expect(report.flags).toEqual({ vision: true });
    const order = progress.map((event) =>
      event.kind === 'begun' ? `begun ${event.id}` : event.kind === 'line' ? `line ${event.line.id}` : 'done',
    );
    const expected = Object.keys(checkTitles).flatMap((id) => [`begun ${id}`, `line ${id}`]);
    expect(order).toEqual([...expected, 'done']);
  });

  it.each(['messages', 'responses'] as const)('asks a server that speaks %s the same', async (protocol) => {
    const report = await reported({ protocol, kind: 'vllm' });
    const odd = report.lines.filter(({ result }) => result !== 'pass').map(({ id, evidence }) => [id, evidence]);
    expect(odd).toEqual(
      protocol === 'messages' ? [] : [['stop-sequence', expect.stringContaining('no stop sequences')]],
    );
  });

  it('asks without a budget where one is refused: newer models think as long as they like', async () => {
    const asked: unknown[] = [];
    const client: GatewayClient = {
      ask: async (body) => {
        asked.push(body.thinking);
        const refused = isObject(body.thinking) && body.thinking.type === 'enabled';
        return refused ? { ...answered, error: { status: 400, message: 'no' } } : { ...answered, reasoning: 'So.' };
      },
      count: async () => null,
      close: async () => undefined,
    };
    const { signal } = new AbortController();
    const progress: CheckupProgress[] = [];
    for await (const event of runCheckup({ gateway: client, subject: plain, native: noEndpoints, nonce: 'n', signal }))
      progress.push(event);
    expect(lineOf(reportOf(progress), 'reasoning-on').result).toBe('pass');
    expect(asked).toContainEqual({ type: 'adaptive' });
  });

  it('shows what was asked and answered as evidence', async () => {
    const { evidence, exchanges } = lineOf(await reported({}), 'tool-call');
    expect(evidence).toBe('It called get_weather {"city":"Paris"}.');
    expect(exchanges).toHaveLength(1);
    expect(JSON.parse(exchanges[0]?.request ?? '')).toMatchObject({ model: 'up/fake-model', stream: true });
    expect(JSON.parse(exchanges[0]?.answer ?? '')).toMatchObject({
      content: [{ type: 'tool_use', name: 'get_weather', input: { city: 'Paris' } }],
      stop_reason: 'tool_use',
    });
  });

  it('learns that calls leak into the text, and proposes the flag that recovers them', async () => {
    const report = await reported({ kind: 'vllm', upstreamModel: 'Qwen/Qwen3-Coder-30B-A3B' }, 'leaks-calls');
    expect(report.flags).toMatchObject({ leakedToolCalls: true });
    expect(lineOf(report, 'tool-call')).toMatchObject({
      result: 'fail',
      remedy: 'Start the server with `--enable-auto-tool-choice --tool-call-parser qwen3_coder`.',
    });
    // What follows the call does not depend on who made it.
    expect(lineOf(report, 'tool-loop').result).toBe('pass');
  });

  it('hands on what the server says of tools that are not switched on', async () => {
    const line = lineOf(await reported({ kind: 'vllm', upstreamModel: 'm' }, 'refuses-tools'), 'tool-call');
    expect(line).toMatchObject({ result: 'fail', evidence: expect.stringContaining('--enable-auto-tool-choice') });
    expect(line.remedy).toContain('--tool-call-parser PARSER');
  });

  it('tells a model that is too small by its name', async () => {
    const line = lineOf(await reported({ upstreamModel: 'qwen2.5-coder:0.5b' }, 'no-tools'), 'tool-call');
    expect(line).toMatchObject({ result: 'fail', remedy: expect.stringContaining('too small') });
  });

  it('learns that a named tool choice is refused where tools are not', async () => {
    const report = await reported({}, 'refuses-named-choice');
    expect(report.flags).toMatchObject({ namedToolChoice: false });
    expect(lineOf(report, 'tool-call').result).toBe('pass');
  });

  const single: readonly (readonly [ModelFault, CheckId, string])[] = [
    ['one-call', 'parallel-tools', 'It called one tool'],
    ['wrong-arguments', 'nested-arguments', "not of the tool's schema"],
    ['forgets-results', 'tool-loop', 'nothing of the result'],
    ['truncates', 'recall', 'one of the two numbers'],
    ['whole', 'streaming', 'in one piece'],
    ['blind', 'vision', 'I see no image'],
    ['silent', 'text', 'empty'],
    ['cut', 'streaming', 'before its answer was complete'],
  ];
  it.each(single)('of a model that is %s fails %s', async (fault, id, evidence) => {
    expect(lineOf(await reported({}, fault), id)).toMatchObject({
      result: 'fail',
      evidence: expect.stringContaining(evidence),
    });
  });

  it('fails reasoning that stands in the text, and proposes how to find it', async () => {
    const report = await reported({ kind: 'vllm', upstreamModel: 'Qwen3-8B' }, 'reasoning-in-text');
    expect(lineOf(report, 'reasoning-on')).toMatchObject({
      result: 'fail',
      remedy: 'Start the server with `--reasoning-parser qwen3`.',
    });
    expect(report.flags).toMatchObject({ thinkTags: 'implicit-open' });
  });

  it('can’t tell about a model of which nobody knows whether it reasons, and fails one that is said to', async () => {
    expect(lineOf(await reported({}, 'no-reasoning'), 'reasoning-on').result).toBe('unknown');
    expect(lineOf(await reported({ reasoning: true }, 'no-reasoning'), 'reasoning-on').result).toBe('fail');
  });

  it('fails a cache that is not reused only where the server would tell', async () => {
    expect(lineOf(await reported({ kind: 'llama-cpp' }, 'no-cache'), 'prompt-cache').result).toBe('fail');
    expect(lineOf(await reported({}, 'no-cache'), 'prompt-cache').result).toBe('unknown');
  });

  it('asks no recall of a model without a known context, and fails one without room', async () => {
    expect(lineOf(await reported({ contextWindow: null }), 'recall').result).toBe('unknown');
    expect(lineOf(await reported({ contextWindow: 1024, kind: 'ollama' }), 'recall')).toMatchObject({
      result: 'fail',
      remedy: expect.stringContaining('OLLAMA_CONTEXT_LENGTH'),
    });
  });

  it('sends no image to a model that is known to be blind', async () => {
    const line = lineOf(await reported({ flags: { ...defaultFlags, vision: false } }), 'vision');
    expect(line).toMatchObject({ result: 'fail', exchanges: [] });
  });

  it('asks a model that gives no answer only once', async () => {
    const report = await reported({}, 'down');
    expect(lineOf(report, 'text')).toMatchObject({ result: 'unknown', exchanges: [expect.anything()] });
    const rest = report.lines.slice(1);
    expect(new Set(rest.map(({ result }) => result))).toEqual(new Set(['unknown']));
    expect(rest.flatMap(({ exchanges }) => exchanges)).toEqual([]);
  });

  it('ends at once when it is called off, and gives up a check that takes too long', async () => {
    const server = createServer(() => undefined); // never answers
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : null;
    const client = connectGateway(`http://127.0.0.1:${port}`, goodKey);
    cleanups.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
      client.close,
    );
    const calledOff = new AbortController();
    const going = runCheckup({
      gateway: client,
      subject: plain,
      native: noEndpoints,
      nonce: 'n',
      signal: calledOff.signal,
    });
    expect((await going.next()).value).toMatchObject({ kind: 'begun', id: 'text' });
    const next = going.next();
    calledOff.abort(new Error('called off'));
    await expect(next).rejects.toThrow('called off');

    const { signal } = new AbortController();
    const slow = runCheckup({ gateway: client, subject: plain, native: noEndpoints, nonce: 'n', signal, limitMs: 50 });
    await slow.next();
    expect((await slow.next()).value).toMatchObject({
      line: { result: 'unknown', evidence: expect.stringContaining('too long') },
    });
    await slow.return();
  });
});

describe('the server’s own endpoints', () => {
  /** What an agent's protocols make of this server, which is another gateway: it speaks them faithfully. */
  const faithful: Checked = { protocol: 'messages', kind: 'vllm' };

  it('are proposed to be passed through where nothing is lost in them', async () => {
    const report = await reported(faithful);
    expect(lineOf(report, 'native-messages')).toMatchObject({ result: 'pass', remedy: null });
    expect(lineOf(report, 'native-responses')).toMatchObject({ result: 'pass', remedy: null });
    expect(report.flags.nativeProtocols).toEqual(['messages', 'responses']);
    expect(lineOf(report, 'native-messages').exchanges).toHaveLength(4);
  });

  it('are not tried where the kind of server speaks the protocol as its makers do', async () => {
    const line = lineOf(await reported({ ...faithful, nativeKind: ['messages'] }), 'native-messages');
    expect(line).toMatchObject({ result: 'pass', exchanges: [] });
  });

  it.each([
    [
      'forgets a document',
      (body: string) => body.replaceAll(/"type":"document"/g, '"type":"hologram"'),
      'not all of a history is seen to arrive',
    ],
    [
      'calls a tool of its own choice',
      (body: string) => body.replace('"tools":[', '"tools":[{"name":"other","input_schema":{"type":"object"}},'),
      'it called another tool',
    ],
    ['writes more than it may', (body: string) => body.replace(/"max_tokens":1,/, ''), 'cut short looks whole'],
    [
      'refuses in another form',
      (body: string) => body.replace(/"messages":"no list"/, '"messages":[]'),
      'refusals are not of the protocol’s form',
    ],
  ])('are not safe with a server that %s, and taken back where they were in force', async (_, spoil, evidence) => {
    const spoiled: (native: NativeEndpoints) => NativeEndpoints = (native) => ({
      async ask(protocol, body, signal) {
        const answer = await native.ask(protocol, JSON.parse(spoil(JSON.stringify(body))), signal);
        const isOther = body.messages === 'no list' && evidence.startsWith('refusals');
        return isOther ? { ...answer, text: '{"error":{"message":"no","type":"x","code":400}}' } : answer;
      },
    });
    const flags = { ...defaultFlags, nativeProtocols: ['messages' as const] };
    const told = await checkup({ ...faithful, flags }, [], spoiled);
    const report = reportOf(told);
    expect(lineOf(report, 'native-messages')).toMatchObject({
      result: 'fail',
      evidence: expect.stringContaining(evidence),
    });
    expect(lineOf(report, 'native-messages').remedy).toContain('Nothing is to be done');
    expect(report.flags.nativeProtocols).not.toContain('messages');
  });

  it('are unknown where there are none, or where no answer comes', async () => {
    const answers: readonly NativeAnswer[] = [
      { status: 404, text: '404 page not found' },
      { status: 200, text: '{"error":"Unexpected endpoint or method. (POST /v1/messages)"}' },
      { status: 0, text: 'up is not running: connection refused.' },
    ];
    for (const answer of answers) {
      const report = reportOf(await checkup({}, [], () => ({ ask: async () => answer })));
      expect(lineOf(report, 'native-messages')).toMatchObject({ result: 'unknown' });
      expect(report.flags).not.toHaveProperty('nativeProtocols');
    }
  });
});
