/** The secret a server wants, or why there is none to send. Resolved at each request, so a new secret needs no restart. */
export type ResolvedSecret =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly value: string }
  /** Not sent: missing, no keychain, or (`moved`) bound to another origin. `message` says what to do. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly moved?: true };
