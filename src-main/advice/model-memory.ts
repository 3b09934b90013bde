import type { MachineMemory, MemoryEstimate, Place } from '../../src-shared/advice.ts';
import { billionsInName, bitsInName } from '../../src-shared/model-size.ts';
import type { StatedMemory } from '../upstreams/kind.ts';

/** What is known of a model and of where it runs. */
export interface SizedModel {
  readonly name: string;
  /** Bits of a weight where its name tells none, as its server has it; absent: a usual quantisation of 4 bits. */
  readonly usualBits?: number;
  readonly stated: StatedMemory | undefined;
  /** Tokens, as its server has it. */
  readonly context: { readonly inForce: number | null; readonly maximum: number | null };
}

/** What a server needs beside weights and cache: buffers, CUDA graphs, fragments. A share of both. */
const headroom = 0.15;
/** The context that is counted with where the server's own is not known: what agents can work well in. Tokens. */
const usualContext = 65_536;
/** What macOS lets the GPU use of a memory that it shares: two thirds, of large ones three quarters (Metal, recommendedMaxWorkingSetSize). */
const unifiedShare = (memory: number): number => (memory > 36 * 1024 ** 3 ? 0.75 : 2 / 3);

/** What of the main memory the system and everything else leave. */
const mainShare = 0.8;

/** An estimate of what a model takes, and of what of it fits; null where nothing tells its size. `machine`: null where it runs elsewhere. */
export function estimateMemory(model: SizedModel, machine: MachineMemory | null): MemoryEstimate | null {
  const weights = weightsOf(model);
  if (weights === null) return null;
  const stated = model.stated?.cachePerToken;
  const cachePerToken = stated ?? usualCachePerToken(weights.billions);
  const context = model.context.inForce ?? Math.min(usualContext, model.context.maximum ?? usualContext);
  const need = withHeadroom(weights.bytes + context * cachePerToken);
  const fastest = machine === null ? null : fastestMemory(machine);
  return {
    weights: weights.bytes,
    weightsFrom: weights.from,
    cachePerToken,
    cacheFrom: stated === undefined ? 'guess' : 'server',
    context,
    need,
    place: machine === null ? null : placeOf(need, machine),
    largestContext: fastest === null ? null : largest(fastest, weights.bytes, cachePerToken, model.context.maximum),
    inUse: model.stated?.inUse ?? null,
  };
}

/** Where something of so many bytes runs. */
export function placeOf(need: number, machine: MachineMemory): Place {
  const { gpus, unified } = machine;
  const main = machine.memory * mainShare;
  if (!unified && gpus.length === 0) return need <= main ? 'memory' : 'nowhere';
  const gpu = fastestMemory(machine);
  if (need <= gpu) return 'gpu';
  return need <= (unified ? main : main + gpu) ? 'split' : 'nowhere';
}

export function withHeadroom(bytes: number): number {
  return Math.ceil(bytes * (1 + headroom));
}

/** Bytes of the GPUs together, of what the GPU may use, or where none was seen of the main memory. */
function fastestMemory({ memory, gpus, unified }: MachineMemory): number {
  if (unified) return memory * unifiedShare(memory);
  return gpus.length > 0 ? gpus.reduce((sum, gpu) => sum + gpu.memory, 0) : memory * mainShare;
}

function largest(fastest: number, weights: number, cachePerToken: number, maximum: number | null): number {
  const left = fastest / (1 + headroom) - weights;
  const fits = Math.max(0, Math.floor(left / cachePerToken / 1024) * 1024);
  return maximum === null ? fits : Math.min(fits, maximum);
}

interface Weights {
  readonly bytes: number;
  readonly billions: number;
  readonly from: 'server' | 'name';
}

function weightsOf({ name, usualBits, stated }: SizedModel): Weights | null {
  const bits = bitsInName(name) ?? bitsOf(name, usualBits);
  const parameters = stated?.parameters ?? (billionsInName(name) ?? 0) * 1e9;
  if (stated?.weights !== undefined)
    return { bytes: stated.weights, billions: (parameters || (stated.weights * 8) / bits) / 1e9, from: 'server' };
  if (parameters === 0) return null;
  const from = stated?.parameters === undefined ? 'name' : 'server';
  return { bytes: Math.ceil((parameters * bits) / 8), billions: parameters / 1e9, from };
}

/** What models come in where their name says nothing of it: whole at servers for GPUs of a data centre, in 4 bits elsewhere. */
function bitsOf(name: string, usual = 4.85): number {
  return /gpt-?oss/i.test(name) ? 4.5 : usual;
}

/**
 * Layers of usual models of a size (Llama 3, Qwen 2.5, Mistral: their config.json); each keeps keys and values of 8 heads of 128 numbers at two
 * bytes. Models of experts and those with sliding windows need less.
 */
const usualLayers: readonly (readonly [number, number])[] = [
  [4, 28],
  [10, 32],
  [20, 48],
  [45, 64],
  [Number.POSITIVE_INFINITY, 80],
];

function usualCachePerToken(billions: number): number {
  const layers = usualLayers.find(([most]) => billions < most)?.[1] ?? 80;
  return layers * 2 * 8 * 128 * 2;
}
