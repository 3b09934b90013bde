import { type SecretStore, SecretStoreFailure, type SecretStoreState } from './secret-store.ts';

/** The part of keytar that is used here. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

export interface KeychainOptions {
  /** Loads keytar; may reject, e.g. where libsecret is missing. */
  readonly load: () => Promise<Keytar>;
  /** Whether the keychain is locked, asked without a prompt; null where that is not to be known. */
  readonly isLocked: () => Promise<boolean | null>;
  readonly platform: NodeJS.Platform;
  /** `off` makes this a store that refuses everything (DRAGOMAN_KEYCHAIN). */
  readonly mode: string | undefined;
  /** How long a question may take, so that a keychain that hangs doesn't hang a request; milliseconds. */
  readonly readLimitMs: number;
  /** The same for writing, where a person may have to unlock the keychain first. */
  readonly writeLimitMs: number;
}

/** Loads the native module; rejects where it, or the libsecret it needs, is missing. */
export async function loadKeytar(): Promise<Keytar> {
  return (await import('keytar')).default;
}

const service = 'Dragoman';

/** The operating system's keychain: Secret Service, Keychain or Credential Manager. Nothing is loaded before the first use. */
export function createKeychain(options: KeychainOptions): SecretStore {
  let loading: Promise<Keytar> | undefined;
  /** The last question was refused, and none was answered since. */
  let refusal: SecretStoreFailure | null = null;
  /** A person was asked to unlock it for reading and did not: they are not asked again and again, only after it was open. */
  let leftLocked = false;

  async function ask<Answer>(question: (keytar: Keytar) => Promise<Answer>, limitMs: number): Promise<Answer> {
    if (options.mode === 'off') {
      throw new SecretStoreFailure('no-service', 'the keychain is switched off', 'Unset DRAGOMAN_KEYCHAIN to use it.');
    }
    loading ??= options.load();
    try {
      return await within(limitMs, loading.then(question));
    } catch (error) {
      const failure = describeFailure(error, options.platform);
      if (failure.state === 'refused') refusal = failure;
      throw failure;
    }
  }

  /** "Nothing there" counts only where the keychain is open: libsecret says the same of one that is locked. */
  async function asUnlocked<Answer>(answer: Answer, isNothing: (answer: Answer) => boolean): Promise<Answer> {
    if (isNothing(answer) && (await options.isLocked()) === true) throw lockedFailure();
    refusal = null;
    return answer;
  }

  async function state(): Promise<SecretStoreState> {
    try {
      await ask((keytar) => keytar.getPassword(service, 'state'), options.readLimitMs);
      if ((await options.isLocked()) === true) throw lockedFailure();
      if (refusal !== null) throw refusal;
      return { state: 'ready' };
    } catch (error) {
      if (!(error instanceof SecretStoreFailure)) throw error;
      return { state: error.state, message: error.message, remedy: error.remedy };
    }
  }

  return {
    state,
    get: async (account) => {
      if (leftLocked) {
        leftLocked = (await options.isLocked()) === true;
        if (leftLocked) throw lockedFailure();
      }
      try {
        const secret = await ask((keytar) => keytar.getPassword(service, account), options.readLimitMs);
        return await asUnlocked(secret, (found) => found === null);
      } catch (error) {
        leftLocked = error instanceof SecretStoreFailure && error.state === 'locked';
        throw error;
      }
    },
    set: async (account, secret) => {
      await ask((keytar) => keytar.setPassword(service, account, secret), options.writeLimitMs);
      refusal = null;
    },
    delete: async (account) => {
      const deleted = await ask((keytar) => keytar.deletePassword(service, account), options.writeLimitMs);
      return asUnlocked(deleted, (done) => !done);
    },
  };
}

function lockedFailure(): SecretStoreFailure {
  return new SecretStoreFailure('locked', 'the keychain is locked', 'Unlock it and try again.');
}

class Overdue extends Error {}

async function within<Answer>(limitMs: number, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Overdue('no answer')), limitMs);
  });
  try {
    return await Promise.race([answer, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** The words of libsecret and D-Bus where nothing offers a Secret Service (measured with @github/keytar 7.10.6 on Debian 12). */
const noService =
  /D-?Bus|org\.freedesktop\.secrets|ServiceUnknown|was not provided|Could not connect|No such file|Cannot spawn/i;

/**
 * A person was asked and said no, or could not be asked (measured as above; Security framework's errSecUserCanceled, errSecAuthFailed). Where there is no
 * collection yet, gnome-keyring asks for a new one's password, and when that is refused only says that the collection does not exist.
 */
const refused =
  /dismissed|cancell?ed|denied|passphrase you entered is not correct|object does not exist at path|no such collection/i;

function describeFailure(error: unknown, platform: NodeJS.Platform): SecretStoreFailure {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof Overdue) {
    return new SecretStoreFailure(
      'locked',
      'the keychain does not answer',
      'Unlock it, or answer its prompt, and try again.',
    );
  }
  if (/libsecret/.test(text)) {
    return new SecretStoreFailure(
      'no-service',
      'the library libsecret is missing',
      'Install libsecret (Debian: libsecret-1-0).',
    );
  }
  if (/keytar/.test(text) || (error instanceof Error && 'code' in error)) {
    return new SecretStoreFailure('no-service', 'the keychain module cannot be loaded on this system', alternative);
  }
  if (platform !== 'darwin' && platform !== 'win32' && noService.test(text)) {
    return new SecretStoreFailure(
      'no-service',
      'no keychain service runs here',
      `Start one (gnome-keyring, KWallet). ${alternative}`,
    );
  }
  if (refused.test(text)) {
    return new SecretStoreFailure(
      'refused',
      'the keychain asked and was refused, or could not ask',
      'Try again in a desktop session and answer its prompt.',
    );
  }
  return lockedFailure();
}

const alternative = 'Or give the upstream a secret from the environment or from a file (`"from": "env"` or `"file"`).';
