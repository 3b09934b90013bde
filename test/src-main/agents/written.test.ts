import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCode } from '../../../src-main/agents/claude-code.ts';
import { codex } from '../../../src-main/agents/codex.ts';
import type { AgentSetup, CodingAgent, Scope } from '../../../src-main/agents/coding-agent.ts';
import { opencode } from '../../../src-main/agents/opencode.ts';
import { qwenCode } from '../../../src-main/agents/qwen-code.ts';
import { freshPlace, model, setup } from './places.ts';

const gateway = setup.gateway;
const eyes = { ...model('ollama/eyes', 131_072), vision: true, maxOutputTokens: 16_384 };
const wanted: AgentSetup = { ...setup, models: [...setup.models, eyes] };

/** What an agent finds in its file where there was none before. */
async function written(agent: CodingAgent, of: AgentSetup = wanted, scope: Scope = 'user'): Promise<unknown> {
  const place = await freshPlace();
  await place.setUp(agent, of, scope);
  const file = place.file(agent, scope);
  expect(await readdir(dirname(file))).toHaveLength(1);
  expect(existsSync(join(place.user, '.claude.json'))).toBe(false);
  const read = agent.format().read(await readFile(file, 'utf8'));
  return read.ok ? read.value : null;
}

describe('the configuration of Claude Code', () => {
  it('names our address, key and models for each slot, the real window and limit, and what local models need', async () => {
    expect(await written(claudeCode)).toEqual({
      env: {
        ANTHROPIC_BASE_URL: gateway,
        ANTHROPIC_AUTH_TOKEN: setup.key,
        ANTHROPIC_MODEL: 'ollama/qwen3-coder:30b',
        ANTHROPIC_DEFAULT_OPUS_MODEL: 'ollama/qwen3-coder:30b',
        ANTHROPIC_DEFAULT_SONNET_MODEL: 'ollama/qwen3-coder:30b',
        ANTHROPIC_DEFAULT_HAIKU_MODEL: 'ollama/qwen3:4b',
        ANTHROPIC_DEFAULT_FABLE_MODEL: 'ollama/qwen3-coder:30b',
        CLAUDE_CODE_SUBAGENT_MODEL: 'ollama/qwen3-coder:30b',
        CLAUDE_CODE_MAX_CONTEXT_TOKENS: '65536',
        CLAUDE_CODE_DISABLE_1M_CONTEXT: '1',
        CLAUDE_CODE_MAX_OUTPUT_TOKENS: '16384',
        CLAUDE_CODE_ATTRIBUTION_HEADER: '0',
        CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1',
        API_TIMEOUT_MS: '3000000',
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: '1',
        DISABLE_AUTOUPDATER: '1',
        NO_PROXY: '127.0.0.1,localhost,::1',
      },
    });
  });

  it('leaves its traffic alone where that is chosen, and says nothing of a window that nobody knows', async () => {
    const env = JSON.stringify(await written(claudeCode, { ...wanted, model: model('x', null), quiet: false }));
    expect(env).not.toMatch(/NONESSENTIAL|AUTOUPDATER|MAX_CONTEXT|MAX_OUTPUT/);
  });
});

describe('the configuration of Codex', () => {
  it('names a provider of our own that Codex does not take for one of its makers’, and the real window', async () => {
    const table = {
      name: 'Dragoman',
      base_url: `${gateway}/v1`,
      wire_api: 'responses',
      experimental_bearer_token: setup.key,
      supports_websockets: false,
      model_catalog_url: `${gateway}/v1/models`,
      stream_idle_timeout_ms: 600_000,
    };
    const config = await written(codex);
    expect(config).toMatchObject({
      model: 'ollama/qwen3-coder:30b',
      model_provider: 'dragoman',
      model_context_window: 65_536,
      check_for_update_on_startup: false,
      analytics: { enabled: false },
    });
    // For providers of other names (openai, ollama, lmstudio; OpenAI, Azure) Codex adds ways of its own.
    expect(Object(config).model_providers).toEqual({ dragoman: table });
  });

  it('is the same as a profile, in a file that is only read where it is named', async () => {
    expect(await written(codex, wanted, 'profile')).toEqual(await written(codex));
  });

  it('reaches a background process only when that is started anew, which is said', () => {
    expect(codex.restart).toContain('`codex app-server daemon stop`');
  });
});

describe('the configuration of OpenCode', () => {
  it('names a provider with every model, its limits and what it takes, the small model, and those of Build and Plan', async () => {
    expect(await written(opencode)).toMatchObject({
      $schema: 'https://opencode.ai/config.json',
      model: 'dragoman/ollama/qwen3-coder:30b',
      small_model: 'dragoman/ollama/qwen3:4b',
      agent: {
        build: { model: 'dragoman/ollama/qwen3-coder:30b' },
        plan: { model: 'dragoman/ollama/qwen3-coder:30b' },
      },
      autoupdate: false,
      share: 'disabled',
      provider: {
        dragoman: {
          npm: '@ai-sdk/openai-compatible',
          options: { baseURL: `${gateway}/v1`, apiKey: setup.key, timeout: false },
          models: {
            'ollama/qwen3-coder:30b': { tool_call: true, limit: { context: 65_536, output: 16_384 } },
            'ollama/qwen3:4b': { limit: { context: 32_768, output: 8_192 } },
            'ollama/eyes': {
              attachment: true,
              modalities: { input: ['text', 'image'], output: ['text'] },
              limit: { context: 131_072, output: 16_384 },
            },
          },
        },
      },
    });
  });
});

describe('the configuration of Qwen Code', () => {
  it('offers every model with its window, and switches statistics off', async () => {
    const entry = (id: string, generationConfig: object) => ({
      id,
      envKey: 'DRAGOMAN_API_KEY',
      baseUrl: `${gateway}/v1`,
      generationConfig,
    });
    expect(await written(qwenCode)).toMatchObject({
      modelProviders: {
        openai: [
          entry('ollama/qwen3-coder:30b', { contextWindowSize: 65_536 }),
          entry('ollama/qwen3:4b', { contextWindowSize: 32_768 }),
          entry('ollama/eyes', { contextWindowSize: 131_072, modalities: { image: true } }),
        ],
      },
      env: { DRAGOMAN_API_KEY: setup.key },
      security: { auth: { selectedType: 'openai' } },
      model: { name: 'ollama/qwen3-coder:30b' },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
    });
  });
});

describe.each([
  [claudeCode, '.claude/settings.local.json'],
  [opencode, 'opencode.json'],
  [qwenCode, '.qwen/settings.json'],
] as const)('for one project folder $label', (agent, name) => {
  it(`reads ${name} there`, () => {
    const surroundings = { platform: 'linux', environment: {}, userDirectory: '/home/me' } as const;
    expect(agent.files('/work', surroundings, () => false)).toEqual([`/work/${name}`]);
  });
});
