/** Whether secrets can be kept here; with what to do where they can't. */
export type SecretStoreState =
  | { readonly state: 'ready' }
  | { readonly state: 'no-service' | 'locked'; readonly message: string; readonly remedy: string };

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
  readonly state: 'no-service' | 'locked';
  /** What the user can do: one sentence. */
  readonly remedy: string;
  constructor(state: 'no-service' | 'locked', message: string, remedy: string) {
    super(message);
    this.name = 'SecretStoreFailure';
    this.state = state;
    this.remedy = remedy;
  }
}
