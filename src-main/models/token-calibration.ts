/**
 * What finished answers teach about one model's tokens: `tokens ≈ overhead + slope × bytes`, from means that forget slowly.
 * All steps are O(1).
 */
export interface Calibration {
  /** Finished answers it was taught by. */
  readonly samples: number;
  /** Mean of tokens per byte. */
  readonly ratio: number;
  readonly meanBytes: number;
  readonly meanTokens: number;
  readonly variance: number;
  readonly covariance: number;
}

/** Ollama's own estimate, too (reference protocol.md §9). */
const startRatio = 1 / 4;
const weight = 0.2;

export const untaught: Calibration = {
  samples: 0,
  ratio: startRatio,
  meanBytes: 0,
  meanTokens: 0,
  variance: 0,
  covariance: 0,
};

/** Figures that no text has: a body full of base64, a server that says 0 or counts only what was not cached. */
function plausible(bytes: number, tokens: number): boolean {
  return bytes > 0 && tokens > 0 && tokens / bytes >= 1 / 40 && tokens / bytes <= 1.5;
}

export function taught(before: Calibration, bytes: number, tokens: number): Calibration {
  if (!plausible(bytes, tokens)) return before;
  if (before.samples === 0) {
    return { samples: 1, ratio: tokens / bytes, meanBytes: bytes, meanTokens: tokens, variance: 0, covariance: 0 };
  }
  const alongBytes = bytes - before.meanBytes;
  const alongTokens = tokens - before.meanTokens;
  return {
    samples: before.samples + 1,
    ratio: before.ratio + weight * (tokens / bytes - before.ratio),
    meanBytes: before.meanBytes + weight * alongBytes,
    meanTokens: before.meanTokens + weight * alongTokens,
    variance: (1 - weight) * (before.variance + weight * alongBytes * alongBytes),
    covariance: (1 - weight) * (before.covariance + weight * alongBytes * alongTokens),
  };
}

export function estimated(calibration: Calibration, bytes: number): number {
  return Math.max(1, Math.ceil(bytes * calibration.ratio));
}

/** A tokenizer's count in this model's tokens: a constant overhead (its template, its tool prompt) and a ratio. */
export function corrected(calibration: Calibration, count: number, bytes: number): number {
  const { samples, variance, covariance, meanBytes, meanTokens, ratio } = calibration;
  if (samples < 3 || count <= 0 || bytes <= 0) return count;
  const spread = Math.sqrt(variance) > meanBytes * 0.02;
  const slope = spread ? Math.min(Math.max(covariance / variance, ratio / 2), ratio) : ratio;
  const overhead = Math.max(0, meanTokens - slope * meanBytes);
  const factor = Math.min(Math.max((slope * bytes) / count, 0.5), 4);
  return Math.round(overhead + factor * count);
}
