import type { KeyInfo } from '../../../src-shared/control.ts';
import { matchesPattern } from '../../../src-shared/model-pattern.ts';
import type { KeyScope } from '../../../src-shared/settings.ts';

/** The first key that may ask a model for something now; null where none may. `now` in milliseconds since 1970. */
export function fittingKey(keys: readonly KeyInfo[], scope: KeyScope, modelId: string, now: number): KeyInfo | null {
  const fits = ({ scopes, models, expiresAt }: KeyInfo): boolean =>
    scopes.includes(scope) &&
    models.some((pattern) => matchesPattern(pattern, modelId)) &&
    (expiresAt === null || Date.parse(expiresAt) > now);
  return keys.find(fits) ?? null;
}
