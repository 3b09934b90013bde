import { describe, expect, test } from 'vitest';
import { isHostAllowed, isOriginAllowed } from '../../../src-main/gateway/hosts.ts';

const listener = { address: '127.0.0.1', port: 4747, boundHost: '127.0.0.1' };

describe('the Host header', () => {
  test.each(['localhost', 'localhost:4747', 'LOCALHOST:1', '127.0.0.1:4747', '[::1]:4747', '[::1]'])(
    '%s is answered',
    (host) => {
      expect(isHostAllowed(host, listener, [])).toBe(true);
    },
  );

  test.each([
    'evil.example',
    'evil.example:4747',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    'evil@localhost',
    'localhost:4747:1',
    '',
    '[::1',
    '0.0.0.0:4747',
    '127.0.0.2',
  ])('%s is refused', (host) => {
    expect(isHostAllowed(host, listener, [])).toBe(false);
  });

  test('a request without one is refused', () => {
    expect(isHostAllowed(undefined, listener, [])).toBe(false);
  });

  test('the address that is bound is answered, also where it came in over an IPv6 socket', () => {
    const lan = { address: '::ffff:192.168.1.5', port: 4747, boundHost: '0.0.0.0' };
    expect(isHostAllowed('192.168.1.5:4747', lan, [])).toBe(true);
    expect(isHostAllowed('192.168.1.6:4747', lan, [])).toBe(false);
    expect(isHostAllowed('0.0.0.0:4747', lan, [])).toBe(false);
    expect(isHostAllowed('[fe80::1]:4747', { ...lan, address: 'fe80::1%eth0' }, [])).toBe(true);
    expect(isHostAllowed('box.lan:4747', { ...lan, boundHost: 'box.lan' }, [])).toBe(true);
  });

  test('allowedHosts adds names, with or without a port', () => {
    expect(isHostAllowed('Box.lan:4747', listener, ['box.lan'])).toBe(true);
    expect(isHostAllowed('box.lan:4747', listener, ['box.lan:4747'])).toBe(true);
    expect(isHostAllowed('box.lan:4748', listener, ['box.lan:4747'])).toBe(false);
    expect(isHostAllowed('[fd00::1]:4747', listener, ['fd00::1'])).toBe(true);
  });
});

describe('the Origin header', () => {
  test.each([undefined, 'http://localhost:4747', 'http://127.0.0.1:4747', 'http://[::1]:4747', 'app://dragoman'])(
    '%s is answered',
    (origin) => {
      expect(isOriginAllowed(origin, listener, [])).toBe(true);
    },
  );

  test.each([
    'null',
    'http://localhost:3000',
    'http://localhost',
    'https://localhost:4747',
    'https://evil.example',
    'http://localhost:4747.evil.example',
    '',
  ])('%s is refused', (origin) => {
    expect(isOriginAllowed(origin, listener, [])).toBe(false);
  });

  test('allowedOrigins adds origins', () => {
    expect(isOriginAllowed('https://Chat.lan', listener, ['https://chat.lan/'])).toBe(true);
    expect(isOriginAllowed('https://chat.lan:8443', listener, ['https://chat.lan'])).toBe(false);
  });
});
