import type { Diagnostic } from '../../../src-shared/diagnostic.ts';

/**
 * Collects what one translation could not carry over exactly; the same remark is kept once.
 *
 * Where the line is. A diagnostic is written for what the model would have seen or obeyed and now does not (content, a tool, a limit
 * on its answer, reasoning it wrote itself) and for what we mended because the sender broke a rule. None is written for:
 * - marks that only price or place a request: cache_control, billing header, metadata.user_id, betas, diagnostics, service tier;
 * - edits that change nothing (`context_management` with keep "all", `$schema` in a tool's schema);
 * - what is said in another place but in full: mid-conversation system text that is folded, results put in call order;
 * - tools the client itself hides (deferred ones that nothing has loaded yet, placeholders);
 * - what the user's own settings of the upstream ask for: reasoning replay off, output limit clamped, ids and tool names rewritten
 *   reversibly, schemas simplified, turns merged or split for a template.
 */
export class Diagnostics {
  readonly #found = new Map<string, Diagnostic>();

  add(kind: Diagnostic['kind'], what: string, why: string): void {
    const key = `${kind}\n${what}\n${why}`;
    if (!this.#found.has(key)) this.#found.set(key, { kind, what, why });
  }

  /** What was found, in the order it was found. */
  list(): readonly Diagnostic[] {
    return [...this.#found.values()];
  }
}
