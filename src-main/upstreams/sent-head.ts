import { masked } from '../../src-shared/activity.ts';
import { concealer, isSecretName, urlWithoutSecrets } from '../../src-shared/concealed.ts';
import type { SentHead } from './client.types.ts';
import type { UpstreamTarget } from './target.ts';

/** What the client is about to send, for the activity log: the secret stands in no part of it. */
export function sentHead(
  line: string,
  headers: Readonly<Record<string, string>>,
  target: UpstreamTarget,
  secret: string | null,
): SentHead {
  const conceal = concealer(secret === null ? [] : [secret]);
  const open = Object.entries(headers).map(([name, value]) => {
    if (name === target.secretHeader && secret !== null)
      return [name, name === 'authorization' ? `Bearer ${masked}` : masked];
    return [name, isSecretName(name) ? masked : value];
  });
  return { line: urlWithoutSecrets(line), headers: Object.fromEntries(open), conceal };
}
