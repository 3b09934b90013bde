import { masked } from '../../src-shared/activity.ts';

/** `"ANTHROPIC_AUTH_TOKEN": "…"`, `experimental_bearer_token = '…'`, and the like: a name that says secret, and a text. */
const secretText =
  /((?:api[-_]?key|token|secret|passw(?:or)?d|authorization|bearer|credential|cookie)["']?\s*[:=]\s*)(?:"((?:[^"\\]|\\.)*)"|'([^']*)')/gi;
/** Keys by their own looks, wherever they stand. */
const keyText = /\b(?:dgm_|sk-|sk_|ghp_|gho_|github_pat_|xox[abprs]-|AIza|hf_)[A-Za-z0-9_-]{12,}/g;

/**
 * A line of a configuration as it may be shown: what is secret by its name or its looks is masked. Numbers, and references to a place where
 * a secret is kept, are none.
 */
export function concealLine(line: string): string {
  return line
    .replace(secretText, (whole: string, start: string, double: string | undefined, single: string | undefined) => {
      const value = double ?? single ?? '';
      const isOpen = value === '' || /^\d+$/.test(value) || /^\{(?:env|file):[^}]*\}$/.test(value) || /^\$/.test(value);
      const quote = double === undefined ? "'" : '"';
      return isOpen ? whole : `${start}${quote}${masked}${quote}`;
    })
    .replace(keyText, masked);
}
