import { describe, expect, test } from 'vitest';
import { decodeChatError } from '../../../../src-main/protocols/chat/upstream-error.ts';
import { nameUpstream } from '../../../../src-main/protocols/conversation/name-upstream.ts';

const said = (status: number, message: string): string =>
  nameUpstream(decodeChatError(status, {}, message === '' ? '' : JSON.stringify({ error: { message } })), 'gpu-box')
    .message;

describe('a failure that a server told of names it by its id', () => {
  test.each([
    [
      401,
      'bad key',
      "gpu-box refused the secret that is stored for it (status 401). Check or replace this upstream's key.",
    ],
    [404, '', "gpu-box has no such endpoint (status 404). Check this upstream's base URL."],
    [429, '', 'gpu-box accepts no more requests for now (rate limit).'],
    [500, '', 'gpu-box failed without saying why (status 500).'],
    [500, 'CUDA error', 'gpu-box: CUDA error'],
    [503, 'Loading model', 'gpu-box is loading its model.'],
    [503, 'Model x loads, 20 s left', 'gpu-box is loading its model: Model x loads, 20 s left'],
    [503, '', 'gpu-box is overloaded (status 503).'],
    [504, '', 'gpu-box took too long (status 504).'],
  ])('%i "%s"', (status, message, expected) => {
    expect(said(status, message)).toBe(expected);
  });

  test('but not in words that clients act on', () => {
    const words = "role 'system' is not supported";
    expect(said(400, words)).toBe(words);
    expect(said(404, 'model x not found')).toBe('model x not found');
  });
});
