import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectControl } from '../../src-main/control/client.ts';
import { dragoman, type Listening, listeningLine, plainEnvironment, startDragoman } from '../programs/dragoman.ts';
import type { Program } from '../programs/program.ts';

let home: string;
let program: Program;
let line: Listening;
let token: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'dragoman-control-'));
  const settings = `{
  // mine
  "detection": { "enabled": false },
  "upstreams": [
    { "id": "box", "kind": "openai-compatible", "baseUrl": "http://127.0.0.1:9/v1", "secret": { "from": "keychain" } },
    { "id": "cloud", "kind": "openai-compatible", "baseUrl": "http://127.0.0.1:9/v1", "secret": { "from": "env", "name": "CLOUD_KEY" } }
  ]
}`;
  await writeFile(join(home, 'settings.json'), settings);
  program = startDragoman(['--port', '0', '--home', home, '--key', 'k'], plainEnvironment({ CLOUD_KEY: 'c' }));
  line = await listeningLine(program);
  token = JSON.parse(await readFile(join(home, 'run.json'), 'utf8')).token;
}, 120_000);
afterAll(async () => {
  await program.stop();
  await rm(home, { recursive: true, force: true });
});
const post = (headers: Record<string, string>): Promise<number> =>
  fetch(`${line.gateway}/control/status`, { method: 'POST', headers, body: '{}' }).then(({ status }) => status);
const command = (...args: string[]) => dragoman([...args, '--home', home]);

describe('the control interface', () => {
  it("answers this run's token only, and no foreign page", async () => {
    expect(await post({})).toBe(401);
    expect(await post({ authorization: 'Bearer wrong' })).toBe(401);
    expect(await post({ authorization: 'Bearer k' })).toBe(401);
    expect(await post({ authorization: `Bearer ${token}`, origin: 'http://evil.example' })).toBe(403);
    expect(await post({ authorization: `Bearer ${token}` })).toBe(200);
  });

  it('tells what runs', async () => {
    const status = await connectControl(line.gateway, token).status();
    expect(status).toMatchObject({
      pid: line.pid,
      home,
      gateway: line.gateway,
      settings: { problems: [] },
      keychain: { state: 'no-service' },
    });
  });

  it('refuses bad input, unknown procedures and bodies without end', async () => {
    const ask = (path: string, body: string) =>
      fetch(`${line.gateway}/control/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
      });
    expect((await ask('keys/create', '{"json":{"name":""}}')).status).toBe(400);
    expect((await ask('no/such', '{}')).status).toBe(404);
    expect((await ask('keys/create', JSON.stringify({ json: { name: 'x'.repeat(1_000_000) } }))).status).toBe(413);
    expect(await connectControl(line.gateway, token).keys.list()).toEqual([]);
  });
});

describe('commands while a service runs', () => {
  it('make and revoke keys that are in force at once, and keep the comments of the file', async () => {
    const made = await command('key', 'new', '--name', 'phone', '--scope', 'chat', '--model', 'box/*', '--json');
    expect(made.code).toBe(0);
    const { id, key, hash } = JSON.parse(made.stdout);
    expect(hash).toBeUndefined();
    const ask = (): Promise<number> =>
      fetch(`${line.gateway}/v1/models`, { headers: { 'x-api-key': key } }).then(({ status }) => status);
    expect(await ask()).toBe(200);
    const listed = await command('key', 'list', '--json');
    expect(JSON.parse(listed.stdout).keys).toEqual([
      {
        id,
        name: 'phone',
        hint: key.slice(-4),
        scopes: ['chat'],
        models: ['box/*'],
        slots: {},
        localOnly: false,
        expiresAt: null,
        agent: null,
      },
    ]);
    expect(await readFile(join(home, 'settings.json'), 'utf8')).toContain('  // mine\n');
    expect((await command('key', 'revoke', 'phone')).code).toBe(0);
    expect(await ask()).toBe(401);
    const again = await command('key', 'revoke', 'phone');
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain('There is no key "phone"');
  });

  it('print the models report as it is specified', async () => {
    const { code, stdout } = await command('models', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.gateway).toEqual({ running: true, url: line.gateway });
    expect(report.servers.map(({ id, found, state }: Record<string, string>) => [id, found, state])).toEqual([
      ['box', 'configured', expect.stringMatching(/unauthorized|down/)],
      ['cloud', 'configured', 'down'],
    ]);
  });

  it('refuse to store a secret without a keychain, in clear words, and write nothing', async () => {
    const before = await readdir(home);
    const { code, stdout, stderr } = await dragoman(['secret', 'set', 'box', '--home', home], {
      input: 'top-s3cret\n',
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('the keychain is switched off');
    expect(stderr).toContain('never written to a file');
    expect(await readdir(home)).toEqual(before);
    for (const name of before) expect(await readFile(join(home, name), 'utf8')).not.toContain('top-s3cret');
  });

  it('refuse what makes no sense', async () => {
    const unknown = await dragoman(['secret', 'set', 'nobody', '--home', home], { input: 'x' });
    expect(unknown.stderr).toContain('There is no upstream "nobody"');
    const fromEnvironment = await dragoman(['secret', 'set', 'cloud', '--home', home], { input: 'x' });
    expect(fromEnvironment.stderr).toContain('CLOUD_KEY');
    expect((await dragoman(['secret', 'set', 'box', '--home', home])).stderr).toContain('no secret came');
    expect(await command('secret', 'set', 'box', 'on-the-command-line')).toMatchObject({ code: 2 });
    expect(await command('secret', 'confirm', 'cloud')).toMatchObject({ code: 0 });
  });

  it('add, list and remove servers, and keep the comments of the file', async () => {
    const before = await readFile(join(home, 'settings.json'), 'utf8');
    const add = [
      '--kind',
      'vllm',
      '--base-url',
      'http://127.0.0.1:9',
      '--secret-from',
      'env:CLOUD_KEY',
      '--header',
      'api-key',
      '--protocol',
      'responses',
    ];
    const added = await command('server', 'add', 'gpu', ...add, '--json');
    expect(added).toMatchObject({ code: 0 });
    const description = {
      id: 'gpu',
      kind: 'vllm',
      baseUrl: 'http://127.0.0.1:9',
      secret: { from: 'env', name: 'CLOUD_KEY' },
      header: 'api-key',
      protocol: 'responses',
    };
    expect(JSON.parse(added.stdout)).toMatchObject({ message: null, added: { id: 'gpu', state: 'down', description } });
    const again = await command('server', 'add', 'gpu', ...add);
    expect(again).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('"gpu" in the settings already'),
    });
    const listed = JSON.parse((await command('server', 'list', '--json')).stdout).servers;
    expect(listed.map(({ id, found }: Record<string, string>) => [id, found])).toEqual([
      ['box', 'configured'],
      ['cloud', 'configured'],
      ['gpu', 'configured'],
    ]);
    expect((await command('server', 'list')).stdout).toMatch(/^gpu {2}vllm .*secret from the variable CLOUD_KEY$/m);
    const removed = await command('server', 'rm', 'gpu', '--json');
    expect(JSON.parse(removed.stdout)).toEqual({
      removed: { id: 'gpu', secretRemoved: false, message: null, stillNamedBy: [] },
    });
    expect(await readFile(join(home, 'settings.json'), 'utf8')).toBe(before);
    expect(await command('server', 'rm', 'gpu')).toMatchObject({ code: 1, stdout: '' });
  });

  it('add no server whose secret has no place to go, and take it from standard input only', async () => {
    const before = await readFile(join(home, 'settings.json'), 'utf8');
    const add = ['server', 'add', 'gpu', '--kind', 'vllm', '--base-url', 'http://127.0.0.1:9', '--home', home];
    const refused = await dragoman([...add, '--secret-from', 'keychain'], { input: 'top-s3cret\n' });
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('the keychain is switched off'),
    });
    const silent = await dragoman([...add, '--secret-from', 'keychain']);
    expect(silent).toMatchObject({ code: 1, stderr: expect.stringContaining('no secret came') });
    expect(await dragoman([...add, '--secret-from', 'top-s3cret'])).toMatchObject({ code: 2, stdout: '' });
    expect(await readFile(join(home, 'settings.json'), 'utf8')).toBe(before);
  });

  it('send a secret from a file, the new one once the file has changed', async () => {
    const shown: (string | undefined)[] = [];
    const upstream = createServer((request, response) => {
      shown.push(request.headers.authorization);
      response.end('{"data":[]}');
    }).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const secrets = await mkdtemp(join(tmpdir(), 'dragoman-secrets-'));
    try {
      const address = upstream.address();
      const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
      await writeFile(join(secrets, 'token'), 'first\n');
      const file = ['--secret-from', `file:${join(secrets, 'token')}`];
      const add = await command('server', 'add', 'filed', '--kind', 'openai-compatible', '--base-url', url, ...file);
      expect(add).toMatchObject({ code: 0, stderr: '' });
      expect(new Set(shown)).toEqual(new Set(['Bearer first']));
      await writeFile(join(secrets, 'token'), 'second\n');
      await command('server', 'list', '--refresh');
      expect(shown.at(-1)).toBe('Bearer second');
      await rm(join(secrets, 'token'));
      const listed = await command('server', 'list', '--refresh');
      expect(listed.stdout).toContain(`there is no file ${join(secrets, 'token')}`);
    } finally {
      await command('server', 'rm', 'filed');
      upstream.close();
      await rm(secrets, { recursive: true, force: true });
    }
  });

  it.each([['usage']])('say that %s comes later', async (name) => {
    const { code, stderr } = await command(name);
    expect(code).toBe(2);
    expect(stderr).toContain('comes with a later version');
  });

  it.each([
    [[]],
    [['nonsense']],
    [['key']],
    [['models', '--bogus']],
    [['--home']],
    [['server']],
    [['server', 'add', 'x']],
    [['server', 'add', 'x', '--kind', 'teapot', '--base-url', 'http://x']],
    [['server', 'rm']],
  ])('exit 2 on %j', async (args) => {
    expect((await dragoman(args)).code).toBe(2);
  });
});

describe('commands while no service runs', () => {
  it('work on the same files', async () => {
    const other = await mkdtemp(join(tmpdir(), 'dragoman-commands-'));
    try {
      const made = await dragoman(['key', 'new', '--name', 'one', '--home', other]);
      expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^dgm_[\w-]{43}\n$/) });
      await writeFile(join(other, 'settings.json'), '{ "detection": { "enabled": false } }');
      const models = await dragoman(['models', '--json', '--home', other]);
      expect(JSON.parse(models.stdout)).toEqual({
        gateway: { running: false, url: null },
        servers: [],
        aliases: [],
        slots: {},
      });
      await writeFile(join(other, 'settings.json'), '{ "tools": {} }');
      const broken = await dragoman(['models', '--home', other]);
      expect(broken).toMatchObject({ code: 1, stdout: '' });
      expect(broken.stderr).toContain('line 1, column 3');
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });
});
