import { describe, expect, it } from 'vitest';
import { cachePerToken } from '../../../src-main/upstreams/gguf-cache.ts';
import { parametersIn } from '../../../src-main/upstreams/inspection.ts';

const llama8b = {
  'general.architecture': 'llama',
  'llama.block_count': 32,
  'llama.embedding_length': 4096,
  'llama.attention.head_count': 32,
  'llama.attention.head_count_kv': 8,
};

describe('the KV cache of one token, by a GGUF file’s metadata', () => {
  it('is keys and values of each layer’s heads at two bytes', () => {
    expect(cachePerToken(llama8b)).toBe(131_072);
  });

  it('counts heads of a width of their own', () => {
    const qwen = {
      'general.architecture': 'qwen3moe',
      'qwen3moe.block_count': 48,
      'qwen3moe.embedding_length': 2048,
      'qwen3moe.attention.head_count': 32,
      'qwen3moe.attention.head_count_kv': 4,
      'qwen3moe.attention.key_length': 128,
      'qwen3moe.attention.value_length': 128,
    };
    expect(cachePerToken(qwen)).toBe(98_304);
  });

  it('counts only layers that keep a cache, where each has its own count', () => {
    expect(cachePerToken({ ...llama8b, 'llama.attention.head_count_kv': [0, 0, 8, null] })).toBe(4096);
  });

  it('is one compressed vector a layer with latent attention', () => {
    const deepseek = {
      'general.architecture': 'deepseek2',
      'deepseek2.block_count': 61,
      'deepseek2.attention.kv_lora_rank': 512,
      'deepseek2.rope.dimension_count': 64,
    };
    expect(cachePerToken(deepseek)).toBe(61 * 576 * 2);
  });

  it.each([
    [undefined],
    [{}],
    [{ 'general.architecture': 'llama' }],
    [{ ...llama8b, 'llama.attention.head_count': 'many', 'llama.attention.head_count_kv': null }],
  ])('is not known of %j', (info) => {
    expect(cachePerToken(info)).toBeNull();
  });
});

describe('parameters as servers write them', () => {
  it.each([
    ['30.5B', 30.5e9],
    ['494.03M', 494.03e6],
    ['1T', 1e12],
    ['7b', 7e9],
    ['unknown', null],
    ['', null],
    [7, null],
  ])('%j is %j', (said, parameters) => {
    expect(parametersIn(said)).toBe(parameters);
  });
});
