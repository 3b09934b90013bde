import { describe, expect, it } from 'vitest';
import { createKeychain, type Keytar } from '../../../src-main/secrets/keychain.ts';

const working: Keytar = {
  getPassword: async () => 'kept',
  setPassword: async () => undefined,
  deletePassword: async () => true,
};
function keychain(
  load: () => Promise<Keytar>,
  over: { platform?: NodeJS.Platform; mode?: string; isLocked?: () => Promise<boolean | null> } = {},
) {
  return createKeychain({
    load,
    isLocked: over.isLocked ?? (async () => null),
    platform: over.platform ?? 'linux',
    mode: over.mode,
    readLimitMs: 30,
    writeLimitMs: 30,
  });
}
const failing = (message: string): Keytar => {
  const fail = () => Promise.reject(new Error(message));
  return { getPassword: fail, setPassword: fail, deletePassword: fail };
};

describe('the keychain', () => {
  it('is loaded with the first use and only once', async () => {
    let loaded = 0;
    const chain = keychain(async () => {
      loaded += 1;
      return working;
    });
    expect(loaded).toBe(0);
    expect(await chain.state()).toEqual({ state: 'ready' });
    expect(await chain.get('a')).toBe('kept');
    expect(loaded).toBe(1);
  });

  it.each([
    ['libsecret-1.so.0: cannot open shared object file: No such file or directory', 'no-service', 'libsecret-1-0'],
    ['The name org.freedesktop.secrets was not provided by any .service files', 'no-service', 'gnome-keyring'],
    ['Cannot autolaunch D-Bus without X11 $DISPLAY', 'no-service', 'gnome-keyring'],
    ['Cannot create an item in a locked collection', 'locked', 'Unlock'],
    ['Prompt was dismissed', 'refused', 'answer its prompt'],
    ['Object does not exist at path “/org/freedesktop/secrets/collection/login”', 'refused', 'answer its prompt'],
    ['User canceled the operation.', 'refused', 'answer its prompt'],
    ['User interaction is not allowed.', 'locked', 'Unlock'],
  ])('tells from "%s" that it is %s', async (message, state, remedy) => {
    const chain = keychain(async () => failing(message));
    expect(await chain.state()).toMatchObject({ state, remedy: expect.stringContaining(remedy) });
    await expect(chain.set('a', 'b')).rejects.toMatchObject({ name: 'SecretStoreFailure', state });
  });

  it('that is locked is not taken for an empty one, which is all that libsecret says of it', async () => {
    let locked = true;
    const empty: Keytar = { ...working, getPassword: async () => null, deletePassword: async () => false };
    const chain = keychain(async () => empty, { isLocked: async () => locked });
    expect(await chain.state()).toMatchObject({ state: 'locked', remedy: 'Unlock it and try again.' });
    await expect(chain.get('a')).rejects.toMatchObject({ name: 'SecretStoreFailure', state: 'locked' });
    await expect(chain.delete('a')).rejects.toMatchObject({ state: 'locked' });
    locked = false;
    expect(await chain.state()).toEqual({ state: 'ready' });
    expect(await chain.get('a')).toBeNull();
    expect(await chain.delete('a')).toBe(false);
  });

  it('asks a person to unlock it for reading once, and again only after it was open', async () => {
    let locked = true;
    let asked = 0;
    const getPassword = async () => {
      asked += 1;
      return locked ? null : 'kept';
    };
    const chain = keychain(async () => ({ ...working, getPassword }), { isLocked: async () => locked });
    for (const _ of ['first', 'second', 'third'])
      await expect(chain.get('a')).rejects.toMatchObject({ state: 'locked' });
    expect(asked).toBe(1);
    locked = false;
    expect(await chain.get('a')).toBe('kept');
    locked = true;
    await expect(chain.get('a')).rejects.toMatchObject({ state: 'locked' });
    expect(asked).toBe(3);
  });

  it('that refused stays known as such until it answers', async () => {
    let refuses = true;
    const setPassword = async () => {
      if (refuses) throw new Error('Prompt was dismissed');
    };
    const chain = keychain(async () => ({ ...working, setPassword }));
    await expect(chain.set('a', 'b')).rejects.toMatchObject({ state: 'refused' });
    expect(await chain.state()).toMatchObject({ state: 'refused' });
    refuses = false;
    await chain.set('a', 'b');
    expect(await chain.state()).toEqual({ state: 'ready' });
  });

  it('is missing where its module cannot be loaded', async () => {
    const chain = keychain(() =>
      Promise.reject(Object.assign(new Error('dlopen failed'), { code: 'ERR_DLOPEN_FAILED' })),
    );
    expect(await chain.state()).toMatchObject({ state: 'no-service' });
  });

  it('that hangs does not hang who asks', async () => {
    const never = () => new Promise<never>(() => undefined);
    const chain = keychain(async () => ({ getPassword: never, setPassword: never, deletePassword: never }));
    await expect(chain.get('a')).rejects.toMatchObject({ state: 'locked', message: 'the keychain does not answer' });
  });

  it('is not touched where it is switched off', async () => {
    const chain = keychain(() => expect.fail('it was loaded'), { mode: 'off' });
    expect(await chain.state()).toMatchObject({ state: 'no-service' });
    await expect(chain.get('a')).rejects.toMatchObject({ state: 'no-service' });
  });
});
