import { describe, expect, test } from 'vitest';
import { isLocalNetwork } from '../../../src-main/upstreams/local-network.ts';
import { baseUrls, isLoopbackPort, serverPlace } from '../../../src-main/upstreams/target.ts';

describe('a base URL', () => {
  test.each([
    ['http://127.0.0.1:11434', true, 'http://127.0.0.1:11434', 'http://127.0.0.1:11434/v1'],
    ['http://127.0.0.1:11434/v1/', true, 'http://127.0.0.1:11434', 'http://127.0.0.1:11434/v1'],
    ['http://box/llama/', true, 'http://box/llama', 'http://box/llama/v1'],
    ['http://gpu-box:8000', false, 'http://gpu-box:8000', 'http://gpu-box:8000/v1'],
    ['http://gpu-box:8000/v1', false, 'http://gpu-box:8000', 'http://gpu-box:8000/v1'],
    ['https://openrouter.ai/api/v1/', false, 'https://openrouter.ai/api', 'https://openrouter.ai/api/v1'],
    [
      'https://api.z.ai/api/coding/paas/v4',
      false,
      'https://api.z.ai/api/coding/paas/v4',
      'https://api.z.ai/api/coding/paas/v4',
    ],
  ])('%s (root: %s) leads to %s and %s', (given, takesRoot, rootUrl, apiUrl) => {
    expect(baseUrls(given, takesRoot)).toEqual({ rootUrl, apiUrl, query: {} });
  });

  test('keeps its query for each request', () => {
    expect(baseUrls('https://x.example/openai/v1?api-version=2', false)).toMatchObject({
      apiUrl: 'https://x.example/openai/v1',
      query: { 'api-version': '2' },
    });
  });

  test('means the same server under each name of loopback, with /v1 or without', () => {
    const same = ['http://localhost:1/', 'http://127.0.0.1:1/v1', 'http://[::1]:1', 'http://LOCALHOST:1/v1/'].map(
      serverPlace,
    );
    expect(new Set(same).size).toBe(1);
    expect(serverPlace('http://localhost:2')).not.toBe(same[0]);
    expect(serverPlace('https://a.example')).toBe(serverPlace('https://A.example:443/v1'));
    expect(isLoopbackPort('http://localhost:4747/v1', 4747)).toBe(true);
    expect(isLoopbackPort('http://gpu-box:4747/v1', 4747)).toBe(false);
  });
});

test('a network of one’s own is told from the public one', () => {
  for (const host of [
    '127.0.0.1',
    'localhost',
    'gpu-box',
    '192.168.1.5',
    '[::1]',
    '[fd00::1]',
    'nas.local',
    '172.20.0.2',
  ]) {
    expect([host, isLocalNetwork(host)]).toEqual([host, true]);
  }
  for (const host of ['openrouter.ai', '8.8.8.8', '172.32.0.1', '[2001:db8::1]'])
    expect([host, isLocalNetwork(host)]).toEqual([host, false]);
});
