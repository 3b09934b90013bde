import type { Timeouts } from '../../src-shared/settings.ts';
import type { ResolvedSecret } from '../secrets/resolved-secret.ts';
import type { UpstreamKind } from './kind.ts';

export type { ResolvedSecret } from '../secrets/resolved-secret.ts';

/** Where and how to reach one model server. */
export interface UpstreamTarget {
  readonly id: string;
  readonly kind: UpstreamKind;
  /** Without trailing slash; native probes use it. */
  readonly rootUrl: string;
  /** Without trailing slash; the OpenAI endpoints stand below it (`…/v1` unless the user's URL has another path). */
  readonly apiUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Header for the secret, lower-case; `authorization` sends it as Bearer. */
  readonly secretHeader: string;
  readonly secret: () => Promise<ResolvedSecret>;
  readonly timeouts: Timeouts;
}
