import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createModelDirectory } from '../../../src-main/models/route.ts';
import type { InspectedModel, Inspection } from '../../../src-main/upstreams/kind.ts';
import { type FakeUpstream, startFakeUpstream } from '../../fakes/upstream.ts';
import { down, model, up, world } from '../models/servers.ts';
import { type Gateway, goodKey, startGateway, until } from './start-gateway.ts';

/** A big model that is the agents' main one, and a small one on another server for the haiku slot. */
let big: FakeUpstream;
let small: FakeUpstream;
let gateway: Gateway | null = null;

beforeAll(async () => {
  [big, small] = await Promise.all([startFakeUpstream({ models: ['coder'] }), startFakeUpstream({ models: ['tiny'] })]);
});
afterEach(async () => {
  await gateway?.close();
  gateway = null;
  big.clear();
  small.clear();
});
afterAll(() => Promise.all([big.close(), small.close()]));

interface Setup {
  readonly slots?: Readonly<Record<string, string>>;
  readonly ownSlots?: Readonly<Record<string, string>>;
  readonly backgroundToHaiku?: boolean;
  readonly smallUrl?: string;
  readonly tiny?: Partial<InspectedModel>;
  readonly smallState?: Inspection;
  readonly alias?: Readonly<Record<string, unknown>>;
  readonly allows?: (id: string) => boolean;
}

async function start(setup: Setup = {}): Promise<Gateway> {
  const { settings, snapshot } = world(
    {
      upstreams: [
        { id: 'big', kind: 'openai-compatible', baseUrl: `${big.url}/v1` },
        { id: 'small', kind: 'openai-compatible', baseUrl: `${setup.smallUrl ?? small.url}/v1` },
      ],
      models: [{ id: 'main', upstream: 'big', model: 'coder', ...setup.alias }],
      slots: setup.slots ?? { haiku: 'small/tiny' },
      gateway: { backgroundToHaiku: setup.backgroundToHaiku ?? true },
    },
    { big: up(model('coder')), small: setup.smallState ?? up(model('tiny', setup.tiny)) },
  );
  const directory = createModelDirectory({
    settings: () => settings,
    snapshot: () => snapshot,
    firstScan: Promise.resolve(),
  });
  const { allows = () => true, ownSlots } = setup;
  const key = { id: 'k_good', name: 'good', scopes: ['chat', 'embeddings'] as const, allowsModel: allows };
  gateway = await startGateway({
    upstream: big.url,
    parts: {
      settings: () => settings,
      models: () => directory,
      keys: () => ({
        check: (given) => (given === goodKey ? { ...key, ...(ownSlots !== undefined && { slots: ownSlots }) } : null),
      }),
    },
  });
  return gateway;
}

const titleSchema = { type: 'object', properties: { title: { type: 'string' } }, required: ['title'] };
const words = 'Generate a title for this conversation:\n';

/** As OpenCode 1.18.33 and Codex 0.169.0 ask (recorded). */
const titles = [
  [
    'OpenCode, by Chat',
    '/v1/chat/completions',
    {
      messages: [
        { role: 'system', content: 'You are a title generator.' },
        { role: 'user', content: words },
        { role: 'user', content: '"fix it"' },
      ],
    },
  ],
  [
    'OpenCode, by Messages',
    '/v1/messages',
    {
      max_tokens: 100,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: words },
            { type: 'text', text: '"fix it"' },
          ],
        },
      ],
    },
  ],
  [
    'OpenCode, by Responses',
    '/v1/responses',
    {
      input: [
        { role: 'user', content: [{ type: 'input_text', text: words }] },
        { role: 'user', content: [{ type: 'input_text', text: '"fix it"' }] },
      ],
    },
  ],
  [
    'Codex',
    '/v1/responses',
    {
      tools: [],
      text: { format: { type: 'json_schema', name: 'title', strict: true, schema: titleSchema } },
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'fix it' }] }],
    },
  ],
] as const;
const [, titlePath, titleBody] = titles[0];

async function ask(path: string, body: object, name = 'big/coder'): Promise<string> {
  const response = await gateway?.post(path, { model: name, stream: true, ...body });
  const text = (await response?.text()) ?? '';
  expect([response?.status, text]).toEqual([200, expect.stringContaining('upstream.')]);
  await until(() => (gateway?.ends.length ?? 0) > 0);
  return gateway?.ends.at(-1)?.modelId ?? '';
}

describe('a title that an agent asks its main model for', () => {
  test.each(titles)('goes to the haiku slot, and the log says so: %s', async (_agent, path, body) => {
    await start();
    expect(await ask(path, body)).toBe('small/tiny');
    expect(JSON.parse(small.requests().at(-1)?.body ?? '')).toMatchObject({ model: 'tiny' });
    expect(big.requests()).toEqual([]);
    expect(gateway?.ends[0]?.diagnostics).toContainEqual({
      kind: 'approximated',
      what: 'big/coder',
      why: 'A title is a background call: the haiku slot, small/tiny, was asked.',
    });
  });

  test('goes to the key’s own haiku slot before the common one', async () => {
    await start({ slots: { haiku: 'big/coder' }, ownSlots: { haiku: 'small/tiny' } });
    expect(await ask(titlePath, titleBody)).toBe('small/tiny');
  });

  test('is answered by the main model where the small one does not answer', async () => {
    const gone = await startFakeUpstream();
    await gone.close();
    await start({ smallUrl: gone.url });
    expect(await ask(titlePath, titleBody)).toBe('big/coder');
    expect(gateway?.ends[0]).toMatchObject({ outcome: 'done', rounds: 2 });
  });
});

describe('a title stays with the model that was asked', () => {
  test.each<[string, Setup]>([
    ['no haiku slot is set', { slots: { default: 'small/tiny' } }],
    ['the settings say so', { backgroundToHaiku: false }],
    ['the slot names a model that nobody knows', { slots: { haiku: 'small/gone' } }],
    ['the small model’s server is away', { smallState: { ...down, models: [model('tiny')] } }],
    [
      'the small model has too little context',
      { tiny: { contextWindow: { inForce: 512, maximum: null, source: null } } },
    ],
    ['the key may not call the small model', { allows: (id) => id !== 'small/tiny' }],
  ])('where %s', async (_why, setup) => {
    await start(setup);
    expect(await ask(titlePath, titleBody)).toBe('big/coder');
    expect(gateway?.ends[0]?.diagnostics).toEqual([]);
  });

  test('where it would leave this machine by it', async () => {
    await start({ alias: { localOnly: true }, smallUrl: 'http://192.0.2.1:8000' });
    expect(await ask(titlePath, titleBody, 'main')).toBe('big/coder');
  });
});

describe('what is no background call stays with its model', () => {
  test.each<[string, string, object]>([
    [
      'a compaction',
      '/v1/messages',
      { max_tokens: 9, messages: [{ role: 'user', content: 'CRITICAL: Respond with TEXT ONLY. [[hello]]' }] },
    ],
    ['a turn', '/v1/chat/completions', { messages: [{ role: 'user', content: 'go [[hello]]' }] }],
    [
      'a question that sounds like one',
      '/v1/chat/completions',
      { messages: [{ role: 'user', content: 'Generate a title for my page [[hello]]' }] },
    ],
    [
      'one with tools',
      '/v1/chat/completions',
      { ...titleBody, tools: [{ type: 'function', function: { name: 'read', parameters: {} } }] },
    ],
  ])('%s', async (_what, path, body) => {
    await start();
    expect(await ask(path, body)).toBe('big/coder');
  });

  test('an agent that names its small model itself is served by what that means', async () => {
    await start({ slots: { haiku: 'big/coder', default: 'small/tiny' } });
    expect(await ask(titlePath, titleBody, 'claude-haiku-4-5')).toBe('big/coder');
    expect(gateway?.ends[0]?.diagnostics).toEqual([]);
  });
});
