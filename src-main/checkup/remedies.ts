import { billionsInName } from '../../src-shared/model-size.ts';
import type { Subject } from './check.ts';

/** What to do where a check fails, whatever serves the model; what its server's own words are for comes with the subject. */

export const slowRemedy =
  'Take a smaller model or a smaller quantisation, and see that it is whole in the memory of the GPU.';

/** Models of fewer parameters seldom call tools reliably. Billions. */
const smallestBillions = 4;

/** What to say of a model that is known, by its name, to be too small for an agent; null where it is not. */
export function tooSmall({ upstreamModel }: Subject): string | null {
  const stated = billionsInName(upstreamModel);
  if (stated === null || stated >= smallestBillions) return null;
  return `A model of ${stated} billion parameters is too small for an agent’s tools. Take one of 7 billion or more, made for code.`;
}
