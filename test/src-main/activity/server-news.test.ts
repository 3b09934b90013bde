import { describe, expect, test } from 'vitest';
import { serverNewsTap } from '../../../src-main/activity/server-news.ts';
import type { ExchangeEnd, ExchangeTap } from '../../../src-main/gateway/tap.ts';
import type { ConversationError, ErrorKind } from '../../../src-main/protocols/conversation/error.ts';

function watched(): { readonly tap: ExchangeTap; readonly asked: string[]; readonly loading: string[] } {
  const asked: string[] = [];
  const loading: string[] = [];
  const tap = serverNewsTap({
    changed: async (upstream) => void asked.push(upstream),
    loading(modelId) {
      loading.push(modelId);
      return () => void loading.splice(loading.indexOf(modelId), 1);
    },
  });
  return { tap, asked, loading };
}

function ended(error: ConversationError | null, exchange = 'x'): ExchangeEnd {
  return {
    exchange,
    outcome: error === null ? 'done' : 'failed',
    modelId: 'box/some/model',
    status: 200,
    rounds: 1,
    usage: null,
    finishReason: null,
    error,
    diagnostics: [],
    toolsCalled: null,
    waits: {},
    firstByteMs: null,
    totalMs: 1,
  };
}

describe('a server is looked at anew', () => {
  test.each<ErrorKind>(['upstream-unreachable', 'upstream-cut', 'timeout', 'loading', 'upstream-authentication'])(
    'when a request ends with %s',
    (kind) => {
      const { tap, asked } = watched();
      tap.end(ended({ kind, message: '' }));
      expect(asked).toEqual(['box']);
    },
  );

  test('when it does not know a model that it had listed', () => {
    const { tap, asked } = watched();
    tap.end(ended({ kind: 'unknown-model', message: '' }));
    expect(asked).toEqual([]);
    tap.end(ended({ kind: 'unknown-model', message: '', upstreamStatus: 404 }));
    expect(asked).toEqual(['box']);
  });

  test('when another answers in its place', () => {
    const { tap, asked } = watched();
    tap.gaveUp?.({ exchange: 'x', modelId: 'box/m', error: { kind: 'upstream-unreachable', message: '' } });
    tap.end(ended(null));
    expect(asked).toEqual(['box']);
  });

  test('not for what is the request’s own, nor for an answer', () => {
    const { tap, asked } = watched();
    for (const kind of ['invalid-request', 'context-overflow', 'rate-limit', 'unsupported'] as const)
      tap.end(ended({ kind, message: '' }));
    tap.end(ended(null));
    expect(asked).toEqual([]);
  });

  test('once for many failures at once, and once more after them', async () => {
    const { tap, asked } = watched();
    for (let at = 0; at < 20; at += 1) tap.end(ended({ kind: 'upstream-unreachable', message: '' }, `x${at}`));
    expect(asked).toEqual(['box']);
    await expect.poll(() => asked, { timeout: 3000 }).toEqual(['box', 'box']);
  });
});

describe('a model that is loaded for a request', () => {
  test('is under way as long as the request waits for it', () => {
    const { tap, asked, loading } = watched();
    tap.waiting?.({ exchange: 'x', waitsFor: 'loading', modelId: 'box/m' });
    expect([loading, asked]).toEqual([['box/m'], ['box']]);
    tap.waiting?.({ exchange: 'x', waitsFor: null, modelId: 'box/m' });
    expect(loading).toEqual([]);
  });

  test('is so no longer when its client has left', () => {
    const { tap, loading } = watched();
    tap.waiting?.({ exchange: 'x', waitsFor: 'loading', modelId: 'box/m' });
    tap.end(ended(null));
    expect(loading).toEqual([]);
  });

  test('is none while the request only waits for its turn', () => {
    const { tap, asked, loading } = watched();
    tap.waiting?.({ exchange: 'x', waitsFor: 'turn', modelId: 'box/m' });
    tap.waiting?.({ exchange: 'x', waitsFor: null, modelId: 'box/m' });
    expect([loading, asked]).toEqual([[], []]);
  });
});
