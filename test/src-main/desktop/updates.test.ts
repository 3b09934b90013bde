import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createUpdates, type PackageUpdater } from '../../../src-main/desktop/updates.ts';

const day = 86_400_000;
const none = { isUpdateAvailable: false, updateInfo: { version: '1.0.0' } };
const newer = (downloadPromise: Promise<unknown> | null) => ({
  isUpdateAvailable: true,
  updateInfo: { version: '1.1.0' },
  downloadPromise,
});

function updates(...answers: readonly (() => ReturnType<PackageUpdater['checkForUpdates']>)[]) {
  const clock = { now: 1_795_000_000_000 };
  const reported: string[] = [];
  let asked = 0;
  let restarts = 0;
  const subject = createUpdates({
    updater: {
      checkForUpdates: () => {
        asked += 1;
        return (answers[asked - 1] ?? (() => Promise.resolve(none)))();
      },
    },
    page: 'https://example.org/latest',
    restart: () => {
      restarts += 1;
    },
    report: (message) => void reported.push(message),
    now: () => clock.now,
  });
  return { subject, clock, reported, asked: () => asked, restarts: () => restarts };
}

describe('updates of the package', () => {
  it('asks once at first, and again after a day', async () => {
    const { subject, clock, asked } = updates();
    await subject.checkIfDue();
    await subject.checkIfDue();
    clock.now += day - 1;
    await subject.checkIfDue();
    expect(asked()).toBe(1);
    clock.now += 1;
    await subject.checkIfDue();
    expect(asked()).toBe(2);
    expect(subject.state()).toEqual({ kind: 'current', checkedAt: new Date(clock.now).toISOString() });
  });

  it('is ready to restart only once the download has ended, and then stays ready without asking again', async () => {
    let downloaded: (files: readonly string[]) => void = () => undefined;
    const download = new Promise<unknown>((resolve) => {
      downloaded = resolve;
    });
    const { subject, clock, asked, restarts } = updates(() => Promise.resolve(newer(download)));
    expect(await subject.check()).toEqual({ kind: 'downloading', version: '1.1.0' });
    expect(subject.restart()).toBe(false);
    downloaded([]);
    await turn();
    expect(subject.state()).toEqual({ kind: 'ready', version: '1.1.0' });
    clock.now += 2 * day;
    await subject.checkIfDue();
    expect(asked()).toBe(1);
    expect(restarts()).toBe(0);
    expect(subject.restart()).toBe(true);
    expect(restarts()).toBe(1);
  });

  it('tells where a version is to be had that this package does not install, and keeps saying so while nobody answers', async () => {
    const { subject, clock } = updates(
      () => Promise.resolve(newer(null)),
      () => Promise.reject(new Error('net::ERR_INTERNET_DISCONNECTED')),
    );
    const told = await subject.check();
    expect(told).toMatchObject({ kind: 'elsewhere', version: '1.1.0', page: 'https://example.org/latest' });
    clock.now += day;
    await subject.checkIfDue();
    expect(subject.state()).toEqual(told);
  });

  it('a download that fails is told with its reason and where to get it', async () => {
    const { subject, reported } = updates(() =>
      Promise.resolve(newer(Promise.reject(new Error('sha512 checksum mismatch.\nat more')))),
    );
    await subject.check();
    await turn();
    expect(subject.state()).toMatchObject({ kind: 'elsewhere', page: 'https://example.org/latest' });
    expect(reported).toEqual(['version 1.1.0 could not be had: sha512 checksum mismatch']);
  });

  it('a feed that does not answer is a state, not an error, and is not asked again before a day is over', async () => {
    const { subject, asked } = updates(() => Promise.reject(new Error('HTTP 404\nheaders')));
    await subject.checkIfDue();
    expect(subject.state()).toEqual({ kind: 'failed', message: 'HTTP 404' });
    await subject.checkIfDue();
    expect(asked()).toBe(1);
    expect(await subject.check()).toMatchObject({ kind: 'current' });
  });

  it('asks one question at a time', async () => {
    const { subject, asked } = updates();
    await Promise.all([subject.check(), subject.check()]);
    expect(asked()).toBe(1);
  });

  it('is off where the package has no updater', async () => {
    const { subject } = updates(() => Promise.resolve(null));
    expect(await subject.check()).toMatchObject({ kind: 'off' });
  });
});
