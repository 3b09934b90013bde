import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUiFiles } from '../../../src-main/control/ui-files.ts';

let folder: string;
let server: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dragoman-ui-'));
  await mkdir(join(folder, 'renderer', 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(folder, 'renderer', 'index.html'), '<p>window</p>');
  await writeFile(join(folder, 'renderer', 'assets', 'index-Ab12_cd9.js'), '1');
  if (process.platform !== 'win32') await symlink(join(folder, 'secret.txt'), join(folder, 'renderer', 'link.txt'));
  const files = createUiFiles(join(folder, 'renderer'));
  server = createServer(files.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** With the path exactly as written, which fetch would tidy. */
async function ask(path: string, method = 'GET') {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const asked = request({ host: '127.0.0.1', port, path, method, agent: false }).end();
  const [response] = await once(asked, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe("the window's files", () => {
  it('come with a strict content security policy', async () => {
    const page = await ask('/ui/?x=1');
    expect(page).toMatchObject({ status: 200, body: '<p>window</p>' });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache',
    });
    expect(page.headers['content-security-policy']).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'",
    );
    expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  it('stay cached where their name has a hash', async () => {
    const script = await ask('/ui/assets/index-Ab12_cd9.js');
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });

  it('are under /ui/ only', async () => {
    expect(await ask('/ui')).toMatchObject({ status: 308, headers: { location: '/ui/' } });
    expect(await ask('/ui/', 'POST')).toMatchObject({ status: 405 });
    expect(await ask('/ui/', 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    '/ui/../secret.txt',
    '/ui/%2e%2e/secret.txt',
    '/ui/..%2fsecret.txt',
    '/ui/assets/../../secret.txt',
    '/ui//etc/passwd',
    '/ui/link.txt',
    '/ui/assets',
    '/ui/none',
    '/ui/%00',
    '/ui/%zz',
  ])('do not reach beyond their folder: %s', async (path) =>
    expect(await ask(path)).toMatchObject({ status: 404, body: 'not found\n' }),
  );
});
