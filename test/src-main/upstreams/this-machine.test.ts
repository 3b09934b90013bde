import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { isThisMachine } from '../../../src-main/upstreams/this-machine.ts';

test.each([
  'http://localhost:1/v1',
  'http://LOCALHOST',
  'http://127.0.0.1:11434',
  'http://127.8.0.3',
  'http://[::1]:8080',
])('%s is this machine', (url) => expect(isThisMachine(url)).toBe(true));

test('so is every address of its own', () => {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  for (const { address, family, scopeid } of own) {
    if (scopeid === undefined || scopeid === 0)
      expect(isThisMachine(`http://${family === 'IPv6' ? `[${address}]` : address}:1`)).toBe(true);
  }
});

test.each([
  'https://api.openai.com/v1',
  'http://192.0.2.7:8000',
  'http://[2001:db8::1]',
  'http://gpu-box:8000',
  'http://localhost.example.com',
  'http://app.localhost',
  'http://127.0.0.1.nip.io',
])('%s is not surely this machine', (url) => expect(isThisMachine(url)).toBe(false));
