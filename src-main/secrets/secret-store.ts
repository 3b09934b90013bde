/**
 * Why secrets can't be kept here: nothing offers to keep them; what keeps them is locked; or a person was asked and said no (the prompt was
 * dismissed, or could not be shown).
 */
export type SecretStoreTrouble = 'no-service' | 'locked' | 'refused';

/** Whether secrets can be kept here; with what to do where they can't. */
export type SecretStoreState =
  | { readonly state: 'ready' }
  | { readonly state: SecretStoreTrouble; readonly message: string; readonly remedy: string };

/** A place for secrets that is not a file. Every method rejects with a SecretStoreFailure where the place can't be used. */
export interface SecretStore {
  state(): Promise<SecretStoreState>;
  /** Null where nothing is stored. */
  get(account: string): Promise<string | null>;
  set(account: string, secret: string): Promise<void>;
  /** Resolves with false where nothing was stored. */
  delete(account: string): Promise<boolean>;
}

export class SecretStoreFailure extends Error {
  readonly state: SecretStoreTrouble;
  /** What the user can do: one sentence. */
  readonly remedy: string;
  constructor(state: SecretStoreTrouble, message: string, remedy: string) {
    super(message);
    this.name = 'SecretStoreFailure';
    this.state = state;
    this.remedy = remedy;
  }
}
