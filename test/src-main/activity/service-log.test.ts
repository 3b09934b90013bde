import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { createServiceLog } from '../../../src-main/activity/service-log.ts';

afterEach(() => vi.restoreAllMocks());

/** What is written to stderr from now on, a text for each write that takes so many milliseconds. */
function watchStderr(ms: number): () => readonly string[] {
  const written: string[] = [];
  const write = (fd: number, text: string, ...rest: readonly unknown[]): void => {
    expect(fd).toBe(2);
    written.push(text);
    const done = rest.at(-1);
    if (typeof done === 'function') setTimeout(() => done(null, Buffer.byteLength(text)), ms);
  };
  vi.spyOn(fs, 'write').mockImplementation(write as typeof fs.write);
  return () => written.filter((text) => text !== '');
}

const messages = (text: string | undefined): unknown =>
  text
    ?.trim()
    .split('\n')
    .map((line) => JSON.parse(line).msg);

test('lines for programs are gathered for a moment', async () => {
  const written = watchStderr(1);
  const log = createServiceLog(false);
  log.info('first', { ms: 3 });
  log.warn('second', { token: 'dgm_x' });
  await vi.waitFor(() => expect(written()).toHaveLength(1));
  expect(messages(written()[0])).toEqual(['first', 'second']);
  expect(written()[0]).not.toContain('dgm_x');
  log.error('third');
  await vi.waitFor(() => expect(messages(written()[1])).toEqual(['third']));
});

test('a line that is said while another is slowly written is not held back', async () => {
  const written = watchStderr(700);
  const log = createServiceLog(false);
  log.info('first');
  await vi.waitFor(() => expect(written()).toHaveLength(1));
  log.info('second');
  await vi.waitFor(() => expect(messages(written()[1])).toEqual(['second']), 3_000);
});

test('while nothing is said nothing is written, not even nothing', async () => {
  const written = watchStderr(1);
  const log = createServiceLog(false);
  await sleep(500);
  expect(fs.write).not.toHaveBeenCalled();
  log.info('first');
  await vi.waitFor(() => expect(written()).toHaveLength(1));
  await sleep(500);
  const { length } = vi.mocked(fs.write).mock.calls;
  await sleep(500);
  expect(fs.write).toHaveBeenCalledTimes(length);
});
