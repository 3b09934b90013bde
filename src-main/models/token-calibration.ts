/** A finished answer's prompt: its size (bytes, or a tokenizer's count) and what the model's own tokenizer made of it. */
export interface PromptSample {
  readonly size: number;
  readonly tokens: number;
}

/** `tokens ≈ overhead + slope × size`: a template and a tool prompt of its own, and another tokenizer. */
export interface TokenLine {
  readonly overhead: number;
  readonly slope: number;
}

/** What a size is; how many tokens one unit of it can be, and is where nothing is known yet. */
export interface SizeUnit {
  readonly slope: number;
  readonly least: number;
  readonly most: number;
}

/** Bytes of an encoded request; a quarter token each is Ollama's own estimate, too (reference protocol.md §9). */
export const requestBytes: SizeUnit = { slope: 1 / 4, least: 1 / 10, most: 1 / 2 };
/** Tokens of o200k. */
export const countedTokens: SizeUnit = { slope: 1, least: 0.7, most: 2 };

/** Samples of one model that count; older ones are forgotten. */
export const rememberedSamples = 24;
/** Recorded answers had up to some 650 tokens of their server's own (reference protocol.md §9); braces and field names are bytes and no tokens. */
const leastOverhead = -100;
const mostOverhead = 1000;
/** Two prompts of nearly the same size tell nothing of the slope. */
const apart = 0.05;
const leastSlopes = 3;

/** Figures that no text has: a body full of base64, a server that says 0 or counts only what was not cached. */
export function isPlausible(bytes: number, tokens: number): boolean {
  return bytes > 0 && tokens > 0 && tokens / bytes >= 1 / 40 && tokens / bytes <= 1.5;
}

/**
 * The line through the samples by the medians of their slopes and overheads (Theil and Sen), so that a few odd ones (a prompt that was cut,
 * a picture) do not bend it. Where sizes are too much alike to tell the slope, it goes from a likely overhead to their middle.
 */
export function lineThrough(samples: readonly PromptSample[], unit: SizeUnit): TokenLine {
  if (samples.length === 0) return { overhead: 0, slope: unit.slope };
  const slopes = samples.flatMap((one, index) =>
    samples
      .slice(index + 1)
      .filter((other) => Math.abs(other.size - one.size) > Math.max(8, apart * Math.max(one.size, other.size)))
      .map((other) => (other.tokens - one.tokens) / (other.size - one.size)),
  );
  const within = (slope: number): number => Math.min(Math.max(slope, unit.least), unit.most);
  const told = slopes.length >= leastSlopes ? within(median(slopes)) : unit.slope;
  const rest = median(samples.map(({ size, tokens }) => tokens - told * size));
  const overhead = Math.min(Math.max(rest, leastOverhead), mostOverhead);
  if (slopes.length >= leastSlopes) return { overhead, slope: told };
  return { overhead, slope: within(median(samples.map(({ size, tokens }) => (tokens - overhead) / size))) };
}

export function tokensOn({ overhead, slope }: TokenLine, size: number): number {
  return Math.max(1, Math.round(overhead + slope * size));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
