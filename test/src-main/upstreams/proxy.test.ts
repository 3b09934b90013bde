import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { proxyAuthorization, proxyFor } from '../../../src-main/upstreams/proxy.ts';

const environment = { HTTPS_PROXY: 'http://proxy.corp:3128', http_proxy: 'proxy.corp:8080' };
const through = (url: string, setting = 'system', more: Record<string, string> = {}) =>
  proxyFor(new URL(url), setting, { ...environment, ...more })?.href ?? null;

describe('which proxy a server is reached through', () => {
  test('by the scheme of its URL, in either case of the variable, with or without a scheme of its own', () => {
    expect(through('https://api.example')).toBe('http://proxy.corp:3128/');
    expect(through('http://gpu.example')).toBe('http://proxy.corp:8080/');
    expect(proxyFor(new URL('https://a.example'), 'system', { all_proxy: 'https://p:1' })?.href).toBe('https://p:1/');
  });

  test('none where none is told, and where the settings say so', () => {
    expect(proxyFor(new URL('https://api.example'), 'system', {})).toBeNull();
    expect(through('https://api.example', 'none')).toBeNull();
  });

  test('none for this machine by an address of its own, either', () => {
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    for (const { address } of own.filter(({ family }) => family === 'IPv4')) {
      expect(through(`http://${address}:8000`)).toBeNull();
      expect(through(`http://${address}:8000`, 'http://other:1')).toBeNull();
    }
  });

  test('that of the settings, whatever the environment says', () => {
    expect(through('https://api.example', 'http://other:1', { NO_PROXY: '*' })).toBe('http://other:1/');
  });

  test.each([
    'http://localhost:11434',
    'http://127.0.0.1:1',
    'http://127.8.0.1',
    'http://[::1]:8080',
    'https://a.localhost',
  ])('none for this machine: %s', (url) => {
    expect(through(url)).toBeNull();
    expect(through(url, 'http://other:1')).toBeNull();
  });

  test.each([
    ['api.example', 'https://api.example', true],
    ['.example', 'https://api.example', true],
    ['*.example', 'https://api.example', true],
    ['example', 'https://api.example', true],
    ['pi.example', 'https://api.example', false],
    ['API.EXAMPLE', 'https://api.example', true],
    ['other, api.example', 'https://api.example', true],
    ['*', 'https://api.example', true],
    ['api.example:443', 'https://api.example', true],
    ['api.example:8443', 'https://api.example', false],
    ['10.0.0.1', 'http://10.0.0.1:8000', true],
    ['10.0.0.1:8000', 'http://10.0.0.1:8000', true],
    ['0.0.1', 'http://10.0.0.1', false],
    ['fd00::1', 'http://[fd00::1]:8000', true],
    ['[fd00::1]:8000', 'http://[fd00::1]:8000', true],
    ['', 'https://api.example', false],
  ])('NO_PROXY "%s" and %s: exempt is %s', (NO_PROXY, url, exempt) => {
    expect(through(url, 'system', { NO_PROXY }) === null).toBe(exempt);
  });

  test('what can be no proxy of ours is none', () => {
    for (const HTTPS_PROXY of ['socks5://p:1', 'http://', 'not a url at all'])
      expect(proxyFor(new URL('https://a.example'), 'system', { HTTPS_PROXY })).toBeNull();
  });
});

test('a proxy’s user and password go in its header, decoded', () => {
  expect(proxyAuthorization(new URL('http://u%40corp:p%3Aw@p'))).toBe(
    `Basic ${Buffer.from('u@corp:p:w').toString('base64')}`,
  );
  expect(proxyAuthorization(new URL('http://p'))).toBeNull();
});
