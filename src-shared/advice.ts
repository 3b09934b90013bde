import { type } from '@orpc/contract';

/** What fits into the memory of a computer, and how a server is kept fast. All sizes are bytes. */

export interface MachineMemory {
  /** The main memory, or what of it this program and its like may use. */
  readonly memory: number;
  /** GPUs whose memory could be read. */
  readonly gpus: readonly { readonly name: string; readonly memory: number }[];
  /** GPU and processor share the main memory, as on Apple's chips. */
  readonly unified: boolean;
}

/**
 * Where a model would run: `gpu` whole in the memory of the GPU, `split` partly in the main memory, which is several times slower, `memory` on
 * the processor alone since no GPU was seen, `nowhere`.
 */
export type Place = 'gpu' | 'split' | 'memory' | 'nowhere';

export interface MemoryEstimate {
  /** Parameters × bytes, or what the server says. */
  readonly weights: number;
  readonly weightsFrom: 'server' | 'name';
  /** What one token takes in the KV cache, at 16 bits. `guess`: as usual for models of this size, and rather too much. */
  readonly cachePerToken: number;
  readonly cacheFrom: 'server' | 'guess';
  /** The context that is counted with, tokens: the one in force, else what agents want. */
  readonly context: number;
  /** Weights and cache, and room for what else a server needs. */
  readonly need: number;
  /** null where the server is on another machine. */
  readonly place: Place | null;
  /** The largest context for which it stays in the fastest memory there is, tokens; 0 where none does; null where the server is on another machine. */
  readonly largestContext: number | null;
  /** What it takes now, as its server says, and how much of it is the GPU's memory; null where that is not told. */
  readonly inUse: { readonly all: number; readonly gpu: number } | null;
}

export interface TuningNote {
  readonly id: string;
  /** What is to be typed stands between backticks. */
  readonly text: string;
  /** Where it is written: a page of the server's own documentation. */
  readonly source: string;
}

export interface ModelAdvice {
  /** null where the server is on another machine. */
  readonly machine: MachineMemory | null;
  /** null where its size is not known. */
  readonly memory: MemoryEstimate | null;
  /** Those that apply. */
  readonly notes: readonly TuningNote[];
}

/** A model to start with, as Ollama's library has it. */
export interface Starter {
  /** `qwen2.5-coder:7b`. */
  readonly name: string;
  /** What it is good for, a sentence. */
  readonly what: string;
  /** To be downloaded. */
  readonly download: number;
  /** Where it would run with a context that agents can work in. */
  readonly place: Exclude<Place, 'nowhere'>;
}

export interface StartAdvice {
  readonly machine: MachineMemory;
  /** The best first; none where the machine is too small for any. */
  readonly starters: readonly Starter[];
}

export const modelAdviceType = type<ModelAdvice>();
export const startAdviceType = type<StartAdvice>();
