/**
 * What a translation could not carry over exactly. Nothing is lost without one of these; the activity log shows them.
 * `dropped`: left out. `approximated`: said differently, with some loss. `repaired`: the sender broke a rule and we mended it.
 */
export interface Diagnostic {
  readonly kind: 'dropped' | 'approximated' | 'repaired';
  /** What it is about, in the sender's own words: a field name, a block type, a path such as `messages[3].content[0]`. */
  readonly what: string;
  /** Why, and what was done instead: one plain sentence. */
  readonly why: string;
}
