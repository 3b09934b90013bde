import { describe, expect, it } from 'vitest';
import { isTooSmallForAgents, roomFor } from '../../src-shared/agent-prompts.ts';
import { billionsInName, bitsInName, isCodeModel } from '../../src-shared/model-size.ts';

describe('the room for an agent in a context window', () => {
  it('is none where its own prompt does not fit, little where nothing else does', () => {
    expect(roomFor('claude-code', 4096)).toBe('none');
    expect(roomFor('claude-code', 16_384)).toBe('little');
    expect(roomFor('claude-code', 32_768)).toBe('enough');
    expect(roomFor('qwen-code', 16_384)).toBe('none');
    expect(roomFor('opencode', 16_384)).toBe('little');
  });

  it('is too small altogether where it is for each', () => {
    expect(isTooSmallForAgents(16_384)).toBe(true);
    expect(isTooSmallForAgents(20_480)).toBe(false);
  });
});

describe('the name of a model', () => {
  it.each([
    ['qwen3-coder:30b', 30],
    ['Qwen3-30B-A3B', 30],
    ['qwen2.5-coder:0.5b', 0.5],
    ['gpt-oss-20b', 20],
    ['Mixtral-8x22B', 176],
    ['llama-3.1-405b-instruct', 405],
    ['deepseek-v3.1', null],
    ['claude-opus-4', null],
    ['phi4', null],
    ['b7b', null],
  ])('%s tells of %s billion parameters', (name, billions) => {
    expect(billionsInName(name)).toBe(billions);
  });

  it.each([
    ['Qwen3-30B-A3B-FP8', 8.5],
    ['qwen3-8b-q4_K_M', 4.85],
    ['Foo-IQ3_XS.gguf', 3.9],
    ['gpt-oss-20b-mxfp4', 4.5],
    ['Foo-7B-GPTQ-Int4', 4.5],
    ['llama-8b-bf16', 16],
    ['qwen3:8b', null],
  ])('%s tells of %s bits a weight', (name, bits) => {
    expect(bitsInName(name)).toBe(bits);
  });

  it('tells whether it was made for code', () => {
    expect(['qwen2.5-coder:7b', 'codestral', 'devstral:24b', 'StarCoder2'].every(isCodeModel)).toBe(true);
    expect(['qwen3:8b', 'gpt-oss:20b', 'sweet-7b'].some(isCodeModel)).toBe(false);
  });
});
