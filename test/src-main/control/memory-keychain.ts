import {
  type SecretStore,
  SecretStoreFailure,
  type SecretStoreTrouble,
} from '../../../src-main/secrets/secret-store.ts';

/** A keychain in memory that can be told to fail. */
export class MemoryKeychain implements SecretStore {
  readonly secrets = new Map<string, string>();
  trouble: SecretStoreTrouble | null = null;
  #check(): void {
    if (this.trouble !== null) throw new SecretStoreFailure(this.trouble, 'the keychain is shut', 'Open it.');
  }
  async state() {
    if (this.trouble === null) return { state: 'ready' } as const;
    return { state: this.trouble, message: 'the keychain is shut', remedy: 'Open it.' };
  }
  async get(account: string) {
    this.#check();
    return this.secrets.get(account) ?? null;
  }
  async set(account: string, secret: string) {
    this.#check();
    this.secrets.set(account, secret);
  }
  async delete(account: string) {
    this.#check();
    return this.secrets.delete(account);
  }
}
