import { z } from 'zod';
import type { UpstreamSettings } from '../../src-shared/settings.ts';
import type { Origins } from './origins.ts';
import type { ResolvedSecret } from './resolved-secret.ts';
import type { SecretFiles } from './secret-file.ts';
import { type SecretStore, SecretStoreFailure } from './secret-store.ts';

/** The secrets of model servers: each goes only to the scheme, host and port that it was given for. */
export interface UpstreamSecrets {
  /** The secret to send, or why there is none. Never rejects. */
  resolve(upstream: UpstreamSettings): Promise<ResolvedSecret>;
  /** The same for an upstream that is only tried: nothing is bound by it. Never rejects. */
  preview(upstream: UpstreamSettings): Promise<ResolvedSecret>;
  /** Stores it, bound to the upstream's base URL as it is now. Rejects with a SecretStoreFailure where there is no keychain. */
  set(upstream: UpstreamSettings, secret: string): Promise<void>;
  /** Takes it out of the keychain. Resolves with false where none was there. */
  remove(upstreamId: string): Promise<boolean>;
  /** Binds the secret that is there to the base URL as it is now. Resolves with false where there is none. */
  confirm(upstream: UpstreamSettings): Promise<boolean>;
  /** Forgets where a secret from the environment or a file was bound to: its next use binds it anew. */
  forgetOrigin(upstreamId: string): Promise<void>;
}

export interface UpstreamSecretsOptions {
  readonly store: SecretStore;
  readonly account: (upstreamId: string) => string;
  readonly origins: Origins;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: SecretFiles;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
}

/** What a place outside the keychain gave. */
type Found = { readonly ok: true; readonly secret: string } | { readonly ok: false; readonly why: string };

const boundSecretSchema = z.object({ origin: z.string(), secret: z.string().min(1) });
type BoundSecret = Readonly<z.infer<typeof boundSecretSchema>>;

/** A keychain that had nothing, or could not be asked, is asked again after this many milliseconds. */
const missingForMs = 3_000;

export function createUpstreamSecrets(options: UpstreamSecretsOptions): UpstreamSecrets {
  const cache = new Map<string, { readonly bound: Promise<BoundSecret | null>; validUntil: number }>();

  function fromKeychain(id: string): Promise<BoundSecret | null> {
    const known = cache.get(id);
    if (known !== undefined && known.validUntil > options.now()) return known.bound;
    const bound = options.store.get(options.account(id)).then(readBound);
    const entry = { bound, validUntil: Number.POSITIVE_INFINITY };
    cache.set(id, entry);
    const forgetSoon = (): void => {
      entry.validUntil = options.now() + missingForMs;
    };
    bound.then((value) => value === null && forgetSoon(), forgetSoon);
    return bound;
  }

  async function resolveKeychain(upstream: UpstreamSettings): Promise<ResolvedSecret> {
    const bound = await fromKeychain(upstream.id);
    if (bound === null) {
      return unavailable(
        `No secret is stored for ${upstream.id}. Enter it in the window (Edit…), or with \`dragoman secret set ${upstream.id}\`.`,
      );
    }
    if (bound.origin !== originOf(upstream)) return elsewhere(upstream.id);
    return { kind: 'secret', value: bound.secret };
  }

  /** A secret that stands outside the keychain is bound to the first server it is used for. */
  async function resolveOutside(upstream: UpstreamSettings, found: Found, bind: boolean): Promise<ResolvedSecret> {
    if (!found.ok) return unavailable(`The secret of ${upstream.id} is missing: ${found.why}.`);
    const known = await options.origins.get(upstream.id);
    if (known !== null && known !== originOf(upstream)) return elsewhere(upstream.id);
    if (known === null && bind) await options.origins.set(upstream.id, originOf(upstream));
    return { kind: 'secret', value: found.secret };
  }

  function fromEnvironment(name: string): Found {
    const secret = options.environment[name];
    if (secret !== undefined && secret !== '') return { ok: true, secret };
    return { ok: false, why: `the environment variable ${name} is not set` };
  }

  async function resolveAny(upstream: UpstreamSettings, bind: boolean): Promise<ResolvedSecret> {
    const { secret } = upstream;
    try {
      switch (secret?.from) {
        case undefined:
          return { kind: 'none' };
        case 'keychain':
          return await resolveKeychain(upstream);
        case 'env':
          return await resolveOutside(upstream, fromEnvironment(secret.name), bind);
        case 'file':
          return await resolveOutside(upstream, await options.files.read(secret.path), bind);
      }
    } catch (error) {
      const why =
        error instanceof SecretStoreFailure ? `${error.message}. ${error.remedy}` : 'its record could not be read.';
      return unavailable(`The secret of ${upstream.id} is not available: ${why}`);
    }
  }

  async function store(upstream: UpstreamSettings, secret: string): Promise<void> {
    const bound: BoundSecret = { origin: originOf(upstream), secret };
    await options.store.set(options.account(upstream.id), JSON.stringify(bound));
    cache.delete(upstream.id);
  }

  return {
    resolve: (upstream) => resolveAny(upstream, true),
    preview: (upstream) => resolveAny(upstream, false),
    set: store,
    remove: async (upstreamId) => {
      const removed = await options.store.delete(options.account(upstreamId));
      cache.delete(upstreamId);
      return removed;
    },
    forgetOrigin: options.origins.forget,
    confirm: async (upstream) => {
      const { secret } = upstream;
      if (secret === undefined) return false;
      if (secret.from !== 'keychain') {
        const found = secret.from === 'env' ? fromEnvironment(secret.name) : await options.files.read(secret.path);
        if (found.ok) await options.origins.set(upstream.id, originOf(upstream));
        return found.ok;
      }
      const bound = readBound(await options.store.get(options.account(upstream.id)));
      if (bound === null) return false;
      await store(upstream, bound.secret);
      return true;
    },
  };
}

function unavailable(message: string): ResolvedSecret {
  return { kind: 'unavailable', message };
}

function elsewhere(id: string): ResolvedSecret {
  const message = `The base URL of ${id} leads to another server than the one its secret was given for. Allow that in the window (Send it there), or with \`dragoman secret confirm ${id}\`.`;
  return { kind: 'unavailable', message, moved: true };
}

/** Scheme, host and port; a scheme's own port is left out. */
function originOf(upstream: UpstreamSettings): string {
  return new URL(upstream.baseUrl).origin;
}

function readBound(stored: string | null): BoundSecret | null {
  if (stored === null) return null;
  try {
    return boundSecretSchema.parse(JSON.parse(stored));
  } catch {
    return null; // Not ours, or damaged: as good as not there, and storing it again mends it.
  }
}
