import { describe, expect, test } from 'vitest';
import { createModelDirectory, upstreamProtocol } from '../../../src-main/models/route.ts';
import { llamaCpp } from '../../../src-main/upstreams/llama-cpp.ts';
import { defaultFlags } from '../../../src-shared/compat-flags.ts';
import { protocols } from '../../../src-shared/protocol.ts';
import { down, model, up, world } from './servers.ts';

const box = { id: 'gpu-box', kind: 'openai-compatible', baseUrl: 'http://gpu-box:8000/v1' };
const coder = { id: 'coder', upstream: 'gpu-box', model: 'Qwen/Qwen3-Coder' };

function directory(made: ReturnType<typeof world>, firstScan = Promise.resolve()) {
  return createModelDirectory({ settings: () => made.settings, snapshot: () => made.snapshot, firstScan });
}

function usual(more: Record<string, unknown> = {}) {
  return world(
    { upstreams: [box], models: [coder], ...more },
    { 'gpu-box': up(model('Qwen/Qwen3-Coder'), model('glm-5')) },
    { ollama: up(model('qwen3:4b'), model('tiny:latest', { otherNames: ['tiny'] })) },
  );
}

async function meaning(made: ReturnType<typeof world>, name: string): Promise<string> {
  const result = await directory(made).route(name);
  if (!result.ok) return `${result.error.kind}: ${result.error.message}`;
  const { modelId, upstreamModel, alias } = result.route;
  return `${modelId} as ${upstreamModel}${alias === null ? '' : ` by ${alias}`}`;
}

describe('which model a name means', () => {
  const slots = { opus: 'coder', haiku: 'ollama/qwen3:4b', default: 'gpu-box/glm-5' };
  test.each([
    ['gpu-box/Qwen/Qwen3-Coder', 'gpu-box/Qwen/Qwen3-Coder as Qwen/Qwen3-Coder'],
    ['ollama/qwen3:4b', 'ollama/qwen3:4b as qwen3:4b'],
    ['ollama/tiny', 'ollama/tiny:latest as tiny:latest'],
    ['coder', 'gpu-box/Qwen/Qwen3-Coder as Qwen/Qwen3-Coder by coder'],
    ['Coder', 'gpu-box/Qwen/Qwen3-Coder as Qwen/Qwen3-Coder by coder'],
    ['claude-local/ollama/qwen3:4b', 'ollama/qwen3:4b as qwen3:4b'],
    ['claude-local/coder', 'gpu-box/Qwen/Qwen3-Coder as Qwen/Qwen3-Coder by coder'],
    ['GPU-Box/qwen/qwen3-coder', 'gpu-box/Qwen/Qwen3-Coder as Qwen/Qwen3-Coder'],
    ['claude-opus-4-6', 'gpu-box/Qwen/Qwen3-Coder as Qwen/Qwen3-Coder by coder'],
    ['claude-3-opus-20240229', 'gpu-box/Qwen/Qwen3-Coder as Qwen/Qwen3-Coder by coder'],
    ['claude-3-5-haiku-20241022', 'ollama/qwen3:4b as qwen3:4b'],
    ['claude-haiku-4-5', 'ollama/qwen3:4b as qwen3:4b'],
    ['haiku', 'ollama/qwen3:4b as qwen3:4b'],
    ['claude-sonnet-4-5-20250929', 'gpu-box/glm-5 as glm-5'],
    ['claude-fable-5', 'gpu-box/glm-5 as glm-5'],
    ['default', 'gpu-box/glm-5 as glm-5'],
  ])('%s → %s', async (name, expected) => {
    expect(await meaning(usual({ slots }), name)).toBe(expected);
  });

  test('a key’s own slots beat the common ones', async () => {
    const models = directory(usual({ slots }));
    const named = async (name: string) => {
      const found = await models.route(name, { haiku: 'gpu-box/glm-5' });
      return found.ok ? found.route.modelId : found.error;
    };
    expect(await named('claude-haiku-4-5')).toBe('gpu-box/glm-5');
    expect(await named('claude-opus-4-6')).toBe('gpu-box/Qwen/Qwen3-Coder');
  });

  test('a slot may name another slot; a ring of them ends in an error', async () => {
    expect(await meaning(usual({ slots: { opus: 'sonnet', sonnet: 'coder' } }), 'claude-opus-4-6')).toContain(
      'by coder',
    );
    const ring = await meaning(usual({ slots: { opus: 'sonnet', sonnet: 'opus' } }), 'claude-opus-4-6');
    expect(ring).toMatch(/^unknown-model: model: claude-opus-4-6 leads nowhere/);
    expect(await meaning(usual({ slots: { default: 'default' } }), 'haiku')).toMatch(/leads nowhere/);
  });

  test('an unset slot without a default is an unknown model', async () => {
    expect(await meaning(usual(), 'claude-opus-4-6')).toMatch(
      /^unknown-model: model: claude-opus-4-6 is not known here\./,
    );
  });

  test('an unknown name names the three nearest, upper and lower case alike', async () => {
    expect(await meaning(usual(), 'codr')).toBe(
      'unknown-model: model: codr is not known here. Nearest: coder, gpu-box/glm-5, ollama/qwen3:4b.',
    );
    expect(await meaning(usual(), 'OLLAMA/QWEN3:8B')).toContain('Nearest: ollama/qwen3:4b,');
    expect(await meaning(usual(), 'x'.repeat(10_000))).toMatch(/^.{0,400}$/);
  });

  test('with no server at all it says so', async () => {
    expect(await meaning(world({}, {}), 'gpt-5')).toBe(
      'unknown-model: model: gpt-5 is not known here. No model is known: no model server was found.',
    );
  });

  test('a model that is not listed is refused where the list is known and tried where it is not', async () => {
    expect(await meaning(usual(), 'gpu-box/other')).toMatch(/^unknown-model/);
    const unlisted = world({ upstreams: [box] }, { 'gpu-box': { ...up(), listKnown: false } });
    expect(await meaning(unlisted, 'gpu-box/other/v2')).toBe('gpu-box/other/v2 as other/v2');
  });

  test('a model that the settings name need not be listed', async () => {
    const upstreams = [{ ...box, models: { hidden: { contextWindow: 9000 } } }];
    expect(await meaning(world({ upstreams }, { 'gpu-box': up(model('glm-5')) }), 'gpu-box/hidden')).toBe(
      'gpu-box/hidden as hidden',
    );
  });

  test('a server that is down is still meant, so that the error tells that it is not running', async () => {
    expect(await meaning(world({}, {}, { ollama: down }), 'ollama/qwen3:4b')).toBe('ollama/qwen3:4b as qwen3:4b');
  });

  test('a disabled upstream and an alias without its upstream say what is wrong', async () => {
    const off = world({ upstreams: [{ ...box, enabled: false }] }, {});
    expect(await meaning(off, 'gpu-box/glm-5')).toMatch(/its upstream is disabled in the settings/);
    const lost = world({ models: [coder] }, {});
    expect(await meaning(lost, 'coder')).toBe(
      'unknown-model: model: coder stands for gpu-box/Qwen/Qwen3-Coder, but there is no upstream gpu-box.',
    );
  });
});

describe('a route', () => {
  test('carries flags in order: defaults, kind, what the server says, what the user says', async () => {
    const upstreams = [
      {
        id: 'l',
        kind: 'llama-cpp',
        baseUrl: 'http://127.0.0.1:1',
        models: { m: { contextWindow: 5000, maxOutputTokens: 700, flags: { vision: true } } },
      },
    ];
    const stated = model('m', {
      flags: { vision: false, parallelToolCalls: false },
      contextWindow: { inForce: 8192, maximum: 32768, source: 'props' },
    });
    const result = await directory(world({ upstreams }, { l: up(stated) })).route('l/m');
    if (!result.ok) throw new Error(result.error.message);
    expect(result.route.flags).toEqual({
      ...defaultFlags,
      ...llamaCpp.flags,
      parallelToolCalls: false,
      vision: true,
    });
    expect(result.route).toMatchObject({ contextWindow: 5000, maxOutputTokens: 700, alias: null, defaults: {} });
    expect(result.route.upstreamProtocol('messages')).toBe('chat');
  });

  test('says that a Chat client’s request is written anew for a model that wants it otherwise, by what its server or its user says', async () => {
    const upstreams = [
      {
        id: 'l',
        kind: 'llama-cpp',
        baseUrl: 'http://127.0.0.1:1',
        models: { u: { flags: { leakedToolCalls: true } } },
      },
    ];
    const strict = model('strict', { flags: { strictAlternation: true, toolCallIds: 'nine-alphanumeric' } });
    const plain = model('plain', { flags: { vision: false } });
    const models = directory(world({ upstreams }, { l: up(strict, plain, model('u')) }));
    const rewritten = async (name: string) => {
      const result = await models.route(name);
      return result.ok && result.route.rewritesChat === true;
    };
    expect([await rewritten('l/strict'), await rewritten('l/u'), await rewritten('l/plain')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('leads to where a model stands, for servers that have the model in the URL', async () => {
    const baseUrl = 'https://r.openai.azure.com?api-version=2025-01-01';
    const made = world({ upstreams: [{ id: 'az', kind: 'azure-openai', baseUrl, models: { 'our gpt': {} } }] }, {});
    const result = await directory(made).route('az/our gpt');
    if (!result.ok) throw new Error(result.error.message);
    expect(result.route.target.apiUrl).toBe('https://r.openai.azure.com/openai/deployments/our%20gpt');
    expect(result.route.upstreamProtocol('responses')).toBe('chat');
  });

  test("carries an alias's defaults and its timeouts over the upstream's", async () => {
    const models = [
      {
        ...coder,
        defaults: { temperature: 0.1, chat_template_kwargs: { enable_thinking: false } },
        timeouts: { idleMs: 5 },
      },
    ];
    const upstreams = [{ ...box, timeouts: { connectMs: 7, idleMs: 8 } }];
    const made = world({ upstreams, models }, { 'gpu-box': up(model('Qwen/Qwen3-Coder')) });
    const result = await directory(made).route('coder');
    expect(result).toMatchObject({
      ok: true,
      route: {
        alias: 'coder',
        defaults: { temperature: 0.1, chat_template_kwargs: { enable_thinking: false } },
        timeouts: { connectMs: 7, firstByteMs: 600_000, idleMs: 5 },
      },
    });
  });
});

describe('before the first scan', () => {
  test('a name that is not known yet waits for it', async () => {
    let made = world({}, {});
    let end: () => void = () => undefined;
    const firstScan = new Promise<void>((resolve) => {
      end = resolve;
    });
    const models = createModelDirectory({ settings: () => made.settings, snapshot: () => made.snapshot, firstScan });
    const pending = models.route('ollama/qwen3:4b');
    made = world({}, {}, { ollama: up(model('qwen3:4b')) });
    end();
    expect(await pending).toMatchObject({ ok: true, route: { modelId: 'ollama/qwen3:4b' } });
  });

  test('but for two seconds at most', async () => {
    const from = performance.now();
    const result = await directory(world({}, {}), new Promise(() => undefined)).route('ollama/qwen3:4b');
    expect(result.ok).toBe(false);
    expect(performance.now() - from).toBeGreaterThan(1900);
    expect(performance.now() - from).toBeLessThan(3000);
  });

  test('and one that is known does not', async () => {
    const from = performance.now();
    expect(await directory(usual(), new Promise(() => undefined)).route('coder')).toMatchObject({ ok: true });
    expect(performance.now() - from).toBeLessThan(500);
  });
});

test('the list has aliases and the models of servers that can be called', () => {
  const made = world(
    { upstreams: [box, { ...box, id: 'off', enabled: false }], models: [coder] },
    { 'gpu-box': up(model('Qwen/Qwen3-Coder')) },
    { ollama: down },
  );
  expect(
    directory(made)
      .list()
      .map((one) => [one.id, one.ownedBy]),
  ).toEqual([
    ['coder', 'gpu-box'],
    ['gpu-box/Qwen/Qwen3-Coder', 'gpu-box'],
  ]);
});

test('every name that can be called is described, with what it stands for', async () => {
  const described = async (name: string) => {
    const result = await directory(usual({ slots: { default: 'coder' } })).describe(name);
    return result.ok ? [result.model.id, result.model.modelId] : result.error.kind;
  };
  expect(await described('ollama/tiny')).toEqual(['ollama/tiny:latest', 'ollama/tiny:latest']);
  expect(await described('claude-local/ollama/qwen3:4b')).toEqual(['ollama/qwen3:4b', 'ollama/qwen3:4b']);
  expect(await described('claude-opus-4-6')).toEqual(['coder', 'gpu-box/Qwen/Qwen3-Coder']);
  expect(await described('coder')).toEqual(['coder', 'gpu-box/Qwen/Qwen3-Coder']);
  expect(await described('nothing')).toBe('unknown-model');
});

describe('what an upstream is spoken to in', () => {
  const spoken = (upstream: object, client: (typeof protocols)[number]) => {
    const { snapshot } = world({ upstreams: [{ id: 'up', baseUrl: 'http://up.example', ...upstream }] }, {});
    const [server] = snapshot.servers;
    return server === undefined ? expect.fail('no server') : upstreamProtocol(server.target, client);
  };
  test.each([
    ['anthropic', 'messages', 'messages', 'messages'],
    ['openai', 'responses', 'chat', 'responses'],
    ['openai-compatible', 'chat', 'chat', 'chat'],
    ['llama-cpp', 'chat', 'chat', 'chat'],
    ['ollama', 'chat', 'chat', 'chat'],
  ])('%s: %s for Messages, %s for Chat, %s for Responses', (kind, messages, chat, responses) => {
    expect(protocols.map((client) => spoken({ kind }, client))).toEqual([messages, chat, responses]);
  });

  test('what the user says counts for every client', () => {
    for (const protocol of protocols)
      for (const client of protocols) expect(spoken({ kind: 'ollama', protocol }, client)).toBe(protocol);
  });

  test('a base URL for Messages may leave out /v1', () => {
    const urls = ['https://x.example/api/anthropic', 'https://x.example/api/anthropic/v1'].map((baseUrl) => {
      const upstream = { id: 'x', kind: 'openai-compatible', protocol: 'messages', baseUrl };
      return world({ upstreams: [upstream] }, {}).snapshot.servers[0]?.target.apiUrl;
    });
    expect(new Set(urls)).toEqual(new Set(['https://x.example/api/anthropic/v1']));
  });
});

describe('what a check-up found of a server’s own endpoints', () => {
  test('agents of a protocol that is safe there are passed through, unless the model bends the conversation or the user says otherwise', async () => {
    const native = { flags: { nativeProtocols: ['messages'] } };
    const spoken = async (upstream: object, flags: object) => {
      const upstreams = [{ id: 'v', kind: 'vllm', baseUrl: 'http://127.0.0.1:1', models: { m: flags }, ...upstream }];
      const result = await directory(world({ upstreams }, { v: up(model('m')) })).route('v/m');
      if (!result.ok) throw new Error(result.error.message);
      return (['messages', 'responses', 'chat'] as const).map(result.route.upstreamProtocol);
    };
    expect(await spoken({}, native)).toEqual(['messages', 'chat', 'chat']);
    expect(await spoken({}, {})).toEqual(['chat', 'chat', 'chat']);
    expect(await spoken({ protocol: 'responses' }, native)).toEqual(['responses', 'responses', 'responses']);
    const leaking = { flags: { ...native.flags, leakedToolCalls: true } };
    expect(await spoken({}, leaking)).toEqual(['chat', 'chat', 'chat']);
  });
});

describe('a server that speaks Messages and is not Anthropic’s', () => {
  test('is spoken to in Messages by all, at the address as it was given, and has no part in Claude’s names', async () => {
    const upstreams = [{ id: 'k', kind: 'anthropic-compatible', baseUrl: 'https://x.example/anthropic' }];
    const models = directory(
      world({ upstreams, slots: { default: 'k/kimi' } }, { k: up(model('kimi'), model('claude-opus-9')) }),
    );
    const result = await models.route('k/kimi');
    if (!result.ok) throw new Error(result.error.message);
    const { target, upstreamProtocol, flags } = result.route;
    expect((['messages', 'responses', 'chat'] as const).map(upstreamProtocol)).toEqual([
      'messages',
      'messages',
      'messages',
    ]);
    expect(target).toMatchObject({ apiUrl: 'https://x.example/anthropic/v1', secretHeader: 'x-api-key' });
    expect(flags).toMatchObject({ hostedTools: false, messagesThinking: 'budget' });
    const named = await models.route('claude-opus-9');
    expect(named).toMatchObject({ ok: true, route: { modelId: 'k/kimi' } });
  });
});

describe('Claude’s own names', () => {
  const claude = { id: 'claude', kind: 'anthropic', baseUrl: 'https://api.anthropic.com' };
  const slots = { default: 'gpu-box/glm-5' };
  const made = (more: object) =>
    world(
      { upstreams: [box, { ...claude, ...more }], slots },
      { 'gpu-box': up(model('glm-5')), claude: up(model('claude-opus-9')) },
    );
  test('mean Anthropic’s models where a real Anthropic upstream serves them, else their slots', async () => {
    expect(await meaning(made({}), 'claude-opus-9')).toBe('claude/claude-opus-9 as claude-opus-9');
    expect(await meaning(made({}), 'claude-sonnet-9')).toBe('gpu-box/glm-5 as glm-5');
    expect(await meaning(made({ enabled: false }), 'claude-opus-9')).toBe('gpu-box/glm-5 as glm-5');
  });
});
