import { describe, expect, it } from 'vitest';
import {
  cleanEnvironment,
  listedVariables,
  matches,
  type RemovalRules,
  usualRules,
} from '../../../src-main/agents/clean-environment.ts';
import { removableVariables } from '../../../src-main/agents/provider-variables.ts';

const environment = {
  PATH: '/bin',
  OPENAI_API_KEY: 'sk-1',
  OPENROUTER_API_KEY: 'sk-2',
  TENCENT_CODING_PLAN_API_KEY: 'sk-3',
  GITHUB_TOKEN: 'gh',
  AWS_PROFILE: 'work',
  AWS_BEARER_TOKEN_BEDROCK: 'b',
  DRAGOMAN_KEY: 'dgm',
  TAVILY_API_KEY: 'tool',
};
const names = (rules: RemovalRules): readonly string[] =>
  Object.keys(environment).filter((name) => !(name in cleanEnvironment(environment, {}, rules)));

describe('the environment of an agent that is started', () => {
  it('holds no model provider’s key and none of Dragoman’s own, but those of the user’s tools and accounts', () => {
    expect(names(usualRules)).toEqual([
      'OPENAI_API_KEY',
      'OPENROUTER_API_KEY',
      'TENCENT_CODING_PLAN_API_KEY',
      'AWS_BEARER_TOKEN_BEDROCK',
      'DRAGOMAN_KEY',
    ]);
  });

  it('holds no other account’s either, where that is chosen', () => {
    expect(names({ strict: true, kept: [] })).toContain('GITHUB_TOKEN');
    expect(names({ strict: true, kept: [] })).toContain('AWS_PROFILE');
    expect(names({ strict: true, kept: [] })).not.toContain('TAVILY_API_KEY');
  });

  it('keeps what is to be kept, by name or by its beginning, and never what is Dragoman’s own', () => {
    expect(names({ strict: true, kept: ['OPENAI_API_KEY', 'AWS_*', 'DRAGOMAN_KEY'] })).toEqual([
      'OPENROUTER_API_KEY',
      'TENCENT_CODING_PLAN_API_KEY',
      'GITHUB_TOKEN',
      'DRAGOMAN_KEY',
    ]);
  });

  it('has the agent’s own values also where they were to be taken out or kept', () => {
    const own = { OPENAI_API_KEY: 'dgm_own' };
    expect(cleanEnvironment(environment, own)).toMatchObject(own);
    expect(cleanEnvironment(environment, own, { strict: false, kept: ['OPENAI_API_KEY'] })).toMatchObject(own);
  });

  it('is told with the reason of each variable that it lacks, or has all the same', () => {
    expect(listedVariables(environment, { strict: true, kept: ['OPENAI_*'] })).toEqual({
      removed: [
        { name: 'AWS_BEARER_TOKEN_BEDROCK', why: 'provider' },
        { name: 'AWS_PROFILE', why: 'account' },
        { name: 'DRAGOMAN_KEY', why: 'own' },
        { name: 'GITHUB_TOKEN', why: 'account' },
        { name: 'OPENROUTER_API_KEY', why: 'provider' },
        { name: 'TENCENT_CODING_PLAN_API_KEY', why: 'provider' },
      ],
      kept: [{ name: 'OPENAI_API_KEY', why: 'provider' }],
    });
  });

  it('goes round the proxy for this computer, and keeps what the user had go round it, in both spellings', () => {
    expect(cleanEnvironment({ NO_PROXY: 'corp.example', no_proxy: '.lan, 10.0.0.0/8' }, {})).toEqual({
      NO_PROXY: 'corp.example,127.0.0.1,localhost,::1',
      no_proxy: '.lan,10.0.0.0/8,127.0.0.1,localhost,::1',
    });
    expect(cleanEnvironment({ no_proxy: 'localhost' }, {})).toEqual({
      NO_PROXY: 'localhost,127.0.0.1,::1',
      no_proxy: 'localhost,127.0.0.1,::1',
    });
  });
});

describe('the list of variables that are taken out', () => {
  it('names each once, and nothing that a shell or a tool needs', () => {
    const all = Object.values(removableVariables).flat();
    expect(new Set(all).size).toBe(all.length);
    for (const name of ['PATH', 'HOME', 'LANG', 'SSH_AUTH_SOCK', 'HTTPS_PROXY', 'CLAUDE_CONFIG_DIR', 'CODEX_HOME']) {
      expect(all.filter((pattern) => matches(pattern, name))).toEqual([]);
    }
  });

  it.each([
    ...['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN', 'CLAUDE_CODE_USE_BEDROCK', 'ANTHROPIC_FOUNDRY_API_KEY'],
    ...['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'CODEX_API_KEY', 'CODEX_ACCESS_TOKEN', 'AZURE_OPENAI_ENDPOINT'],
    ...['AZURE_API_KEY', 'GEMINI_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY', 'TOGETHER_AI_API_KEY', 'HF_TOKEN'],
    ...['OPENCODE_API_KEY', 'DASHSCOPE_API_KEY', 'BAILIAN_CODING_PLAN_API_KEY', 'QWEN_API_KEY', 'XIAOMI_MIMO_API_KEY'],
  ])('has %s, which a provider’s SDK or an agent reads', (name) => {
    expect(removableVariables.provider.some((pattern) => matches(pattern, name))).toBe(true);
  });
});
