import { describe, expect, it } from 'vitest';
import { estimateMemory } from '../../../src-main/advice/model-memory.ts';
import { type TuningSubject, tuningNotes } from '../../../src-main/advice/tuning-notes.ts';
import { upstreamKindIds } from '../../../src-shared/settings.ts';

const plain: TuningSubject = {
  kind: 'vllm',
  host: 'gpu-box',
  slots: null,
  context: 65_536,
  machine: null,
  memory: null,
};
const ids = (subject: Partial<TuningSubject>) => tuningNotes({ ...plain, ...subject }).map(({ id }) => id);
const gib = 1024 ** 3;
const gpu = (count: number) => ({
  memory: 64 * gib,
  gpus: Array.from({ length: count }, () => ({ name: 'GPU', memory: 8 * gib })),
  unified: false,
});

describe('tuning notes', () => {
  it('are of the server’s own kind, each with its source', () => {
    for (const kind of upstreamKindIds) {
      const notes = tuningNotes({ ...plain, kind });
      for (const { id, source, text } of notes) {
        expect(id).toMatch(new RegExp(`^${kind}-`));
        expect(source).toMatch(/^https:\/\//);
        expect(text.split('`').length % 2).toBe(1);
      }
    }
    expect(ids({ kind: 'anthropic' })).toEqual([]);
  });

  it('say what of a GPU’s memory could be saved only where it is too small', () => {
    const memory = (context: number) =>
      estimateMemory(
        {
          name: 'a:8b',
          stated: { weights: 5e9, parameters: 8e9 },
          context: { inForce: context, maximum: null },
        },
        gpu(1),
      );
    expect(ids({ kind: 'ollama', machine: gpu(1), memory: memory(4096) })).not.toContain('ollama-cache-type');
    expect(ids({ kind: 'ollama', machine: gpu(1), memory: memory(65_536) })).toContain('ollama-cache-type');
  });

  it('tell of a model that has spilled out of the GPU, as its server says', () => {
    const memory = (onGpu: number) =>
      estimateMemory(
        {
          name: 'a:8b',
          stated: { weights: 5e9, inUse: { all: 10e9, gpu: onGpu } },
          context: { inForce: 4096, maximum: null },
        },
        null,
      );
    expect(ids({ kind: 'ollama', memory: memory(6e9) })).toContain('ollama-spilled');
    expect(ids({ kind: 'ollama', memory: memory(10e9) })).not.toContain('ollama-spilled');
    expect(ids({ kind: 'ollama', memory: memory(0) })).not.toContain('ollama-spilled');
  });

  it('ask for a second slot of llama.cpp only where there is one: left alone it has four', () => {
    expect(ids({ kind: 'llama-cpp', slots: 1 })).toContain('llama-cpp-slots');
    expect(ids({ kind: 'llama-cpp', slots: 4 })).not.toContain('llama-cpp-slots');
    expect(ids({ kind: 'llama-cpp', slots: null })).not.toContain('llama-cpp-slots');
  });

  it('speak of several GPUs where there may be several', () => {
    expect(ids({ machine: gpu(1) })).not.toContain('vllm-tensor-parallel');
    expect(ids({ machine: gpu(2) })).toContain('vllm-tensor-parallel');
    expect(ids({ machine: null })).toContain('vllm-tensor-parallel');
  });

  it('tell of servers that sleep while nobody asks', () => {
    for (const host of [
      'me--app-serve.modal.run',
      'abc-8000.proxy.runpod.net',
      'x.us-east-1.aws.endpoints.huggingface.cloud',
    ])
      expect(ids({ kind: 'openai-compatible', host })).toEqual(['scales-to-zero']);
    expect(ids({ kind: 'openai-compatible', host: 'modal.run.example.com' })).toEqual([]);
  });
});
