import { isObject } from '../../src-shared/json.ts';
import { amount, list, member, text } from './inspection.ts';

/** Bytes of a number in the KV cache, as long as nobody has it quantised. */
const bytesPerNumber = 2;

/**
 * What one token takes in the KV cache by the metadata of a GGUF file (ggml, docs/gguf.md: `<arch>.block_count`, `.attention.head_count_kv`,
 * `.attention.key_length` …), bytes; null where that does not say enough. An upper bound: layers with a sliding window keep less.
 */
export function cachePerToken(info: unknown): number | null {
  const architecture = text(member(info, 'general.architecture'));
  if (!isObject(info) || architecture === null) return null;
  const value = (name: string): unknown => info[`${architecture}.${name}`];
  const layers = amount(value('block_count'));
  if (layers === null) return null;
  // Multi-head latent attention keeps one compressed vector a layer (DeepSeek).
  const latent = amount(value('attention.kv_lora_rank'));
  if (latent !== null) return layers * (latent + (amount(value('rope.dimension_count')) ?? 0)) * bytesPerNumber;
  const heads = amount(value('attention.head_count'));
  const stated = value('attention.head_count_kv');
  // Some models have another count in each layer, and none where a layer keeps no cache.
  const all = Array.isArray(stated)
    ? list(stated).reduce<number>((sum, one) => sum + (amount(one) ?? 0), 0)
    : layers * (amount(stated) ?? heads ?? 0);
  const width = amount(value('embedding_length'));
  const usual = width === null || heads === null ? null : width / heads;
  const key = amount(value('attention.key_length')) ?? usual;
  const keptValue = amount(value('attention.value_length')) ?? usual;
  if (all === 0 || key === null || keptValue === null) return null;
  return Math.ceil(all * (key + keptValue) * bytesPerNumber);
}
