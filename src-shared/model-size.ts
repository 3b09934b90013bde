/** What the names of models tell of their size: `qwen3-coder:30b`, `Qwen2.5-Coder-7B-Instruct-AWQ`, `gpt-oss-20b-mxfp4.gguf`. */

/** Parameters, in billions (thousand millions): of `30B-A3B` and `8x7B` those of the whole model. null where the name does not tell. */
export function billionsInName(name: string): number | null {
  const [, experts, size] = /(?:^|[^a-z0-9.])(?:(\d{1,2})x)?(\d{1,4}(?:\.\d+)?)b(?![a-z0-9])/i.exec(name) ?? [];
  if (size === undefined) return null;
  return Number(size) * Number(experts ?? 1);
}

/** Bits that a weight takes on average, scales included (llama.cpp, tools/quantize/README.md; 4-bit formats of GPUs with their group scales). */
const bits: readonly (readonly [RegExp, number])[] = [
  [/(?:^|[^a-z0-9])(?:bf|fp|f)16(?![0-9])/i, 16],
  [/(?:^|[^a-z0-9])q8|fp8|int8|w8a(?:8|16)|8-?bit/i, 8.5],
  [/(?:^|[^a-z0-9])q6/i, 6.6],
  [/(?:^|[^a-z0-9])q5/i, 5.7],
  [/mxfp4|nvfp4|awq|gptq|int4|w4a16|4-?bit/i, 4.5],
  [/(?:^|[^a-z0-9])i?q4/i, 4.85],
  [/(?:^|[^a-z0-9])i?q3/i, 3.9],
  [/(?:^|[^a-z0-9])i?q2/i, 3],
];

/** Bits of a weight, as far as the name tells; null where it does not. */
export function bitsInName(name: string): number | null {
  return bits.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** A model that was made for code, by its name. */
export function isCodeModel(name: string): boolean {
  return /code|devstral|(?:^|[^a-z])swe(?:[^a-z]|$)/i.test(name);
}
