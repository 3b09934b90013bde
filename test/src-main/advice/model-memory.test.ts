import { describe, expect, it } from 'vitest';
import { estimateMemory, type SizedModel } from '../../../src-main/advice/model-memory.ts';
import { startersFor } from '../../../src-main/advice/starters.ts';
import type { MachineMemory } from '../../../src-shared/advice.ts';

const gib = 1024 ** 3;
const machine = (memory: number, ...gpus: readonly number[]): MachineMemory => ({
  memory: memory * gib,
  gpus: gpus.map((size) => ({ name: 'GPU', memory: size * gib })),
  unified: false,
});
const apple = (memory: number): MachineMemory => ({ memory: memory * gib, gpus: [], unified: true });

const model: SizedModel = {
  name: 'qwen2.5-coder:14b',
  stated: { weights: 9e9, parameters: 14.8e9, cachePerToken: 196_608 },
  context: { inForce: 32_768, maximum: 131_072 },
};

describe('what a model takes', () => {
  it('is its weights, its cache for the context in force, and a share for the rest', () => {
    const estimate = estimateMemory(model, null);
    expect(estimate).toMatchObject({ weights: 9e9, weightsFrom: 'server', cacheFrom: 'server', context: 32_768 });
    expect(estimate?.need).toBe(Math.ceil((9e9 + 32_768 * 196_608) * 1.15));
    expect(estimate).toMatchObject({ place: null, largestContext: null, inUse: null });
  });

  it('is parameters × bytes where its server does not say, by the format that its name tells', () => {
    const weights = (name: string, usualBits = 16) =>
      (estimateMemory({ ...model, name, usualBits, stated: undefined }, null)?.weights ?? 0) / 1e9;
    expect(weights('Qwen/Qwen2.5-Coder-32B-Instruct')).toBeCloseTo(64);
    expect(weights('Qwen/Qwen3-Coder-30B-A3B-Instruct-FP8')).toBeCloseTo(31.9, 0);
    expect(weights('Qwen2.5-Coder-7B-Instruct-AWQ')).toBeCloseTo(3.9, 1);
    expect(weights('openai/gpt-oss-120b')).toBeCloseTo(67.5);
    expect(weights('Mixtral-8x7B-Instruct')).toBeCloseTo(112);
    expect(weights('qwen3-4b-q8_0.gguf', 4.85)).toBeCloseTo(4.25);
    expect(weights('qwen3-4b', 4.85)).toBeCloseTo(2.4, 1);
  });

  it('is not told where neither server nor name tell', () => {
    expect(estimateMemory({ ...model, name: 'deepseek-chat', stated: undefined }, machine(64))).toBeNull();
    expect(estimateMemory({ ...model, name: 'glm-4.6', stated: {} }, machine(64))).toBeNull();
  });

  it('counts with what agents want where the context in force is not known, and never beyond the model’s own', () => {
    const context = (inForce: number | null, maximum: number | null) =>
      estimateMemory({ ...model, context: { inForce, maximum } }, null)?.context;
    expect(context(null, null)).toBe(65_536);
    expect(context(null, 32_768)).toBe(32_768);
    expect(context(4096, 262_144)).toBe(4096);
  });

  it('guesses the cache by the size where it is not told', () => {
    const guessed = (parameters: number) =>
      estimateMemory({ ...model, stated: { weights: 1e9, parameters } }, null)?.cachePerToken;
    expect(guessed(8e9)).toBe(131_072); // Llama 3.1 8B: 32 layers, 8 heads of 128, two bytes
    expect(guessed(70e9)).toBe(327_680);
  });
});

describe('where a model runs', () => {
  const place = (on: MachineMemory) => estimateMemory(model, on)?.place;

  it('is the GPU where all of it fits, also several together', () => {
    expect(place(machine(32, 24))).toBe('gpu');
    expect(place(machine(32, 12, 12))).toBe('gpu');
    expect(place(apple(48))).toBe('gpu');
  });

  it('is partly the main memory where the GPU is too small', () => {
    expect(place(machine(32, 12))).toBe('split');
    expect(place(apple(24))).toBe('split');
  });

  it('is the processor where no GPU was seen, and nowhere where nothing is large enough', () => {
    expect(place(machine(32))).toBe('memory');
    expect(place(machine(8))).toBe('nowhere');
    expect(place(machine(4, 8))).toBe('nowhere');
  });

  it('leaves room for a context of so many tokens', () => {
    const largest = (on: MachineMemory, context = model.context) =>
      estimateMemory({ ...model, context }, on)?.largestContext;
    expect(largest(machine(32, 24))).toBe(67_584);
    expect(largest(machine(64, 80))).toBe(131_072); // no more than it was trained for
    expect(largest(machine(32, 8))).toBe(0);
  });
});

describe('what to start with', () => {
  const names = (on: MachineMemory) => startersFor(on).map(({ name, place }) => `${name} ${place}`);

  it('is the most capable that runs whole on the GPU', () => {
    expect(names(machine(64, 24))[0]).toBe('qwen3-coder:30b gpu');
    expect(names(machine(32, 16))[0]).toBe('qwen2.5-coder:14b gpu');
    expect(names(machine(16, 8))[0]).toBe('qwen2.5-coder:7b gpu');
    expect(names(apple(32))[0]).toBe('gpt-oss:20b gpu');
  });

  it('prefers a smaller one that fits to a larger one that crawls', () => {
    const all = names(machine(64, 8));
    expect(all.indexOf('qwen2.5-coder:7b gpu')).toBeLessThan(all.indexOf('qwen3-coder:30b split'));
    expect(all).not.toContain('qwen2.5-coder:14b split');
  });

  it('is a sparse or a small one without a GPU, and nothing on a machine that is too small', () => {
    expect(names(machine(32))).toEqual([
      'qwen3-coder:30b memory',
      'gpt-oss:20b memory',
      'qwen3:8b memory',
      'qwen2.5-coder:7b memory',
    ]);
    expect(names(machine(4))).toEqual([]);
  });
});
