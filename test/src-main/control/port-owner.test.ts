import { once } from 'node:events';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../../src-main/control/free-port.ts';
import { portOwner } from '../../../src-main/control/port-owner.ts';

async function withListener(use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await use(typeof address === 'object' && address !== null ? address.port : 0);
  server.close();
}

describe.runIf(process.platform === 'linux')('who has a port', () => {
  it('is the process that listens there', () =>
    withListener(async (port) =>
      expect(await portOwner(port)).toEqual({ pid: process.pid, name: basename(process.execPath) }),
    ));
  it('is nobody where nothing listens', async () => {
    let free = 0;
    await withListener(async (port) => {
      free = port;
    });
    expect(await portOwner(free)).toBeNull();
  });
});

describe('a free port', () => {
  it('is never the one that is taken', () =>
    withListener(async (port) => expect(await freePort('127.0.0.1', port)).toBeGreaterThan(port)));
});
