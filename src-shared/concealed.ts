import { masked } from './activity.ts';
import { secretNames } from './settings.ts';

const alsoSecret: ReadonlySet<string> = new Set(['set-cookie', 'x-goog-api-key']);

/** True for a header or query parameter whose value is a secret by its name. */
export function isSecretName(name: string): boolean {
  const lower = name.toLowerCase();
  return secretNames.has(lower) || alsoSecret.has(lower);
}

/** Masks these secrets in any text, as they are and as they stand in a JSON string; '' and very short ones, which mean nothing, are left. */
export function concealer(secrets: readonly string[]): ((text: string) => string) | null {
  const forms = new Set(
    secrets.filter((secret) => secret.length >= 4).flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]),
  );
  if (forms.size === 0) return null;
  return (text) => {
    let concealed = text;
    for (const form of forms) concealed = concealed.replaceAll(form, masked);
    return concealed;
  };
}

/** A URL whose query may carry a secret, masked there. */
export function urlWithoutSecrets(url: string): string {
  return url.replace(/([?&])([^=&]+)=([^&]*)/g, (pair, separator: string, name: string) =>
    isSecretName(name) ? `${separator}${name}=${masked}` : pair,
  );
}
