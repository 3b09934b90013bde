import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectControl } from '../../src-main/control/client.ts';
import { dragoman, listeningLine, plainEnvironment, startDragoman } from '../programs/dragoman.ts';
import { firstJsonLine, type Program, startProgram } from '../programs/program.ts';

const run = promisify(execFile);
const secret = 's3cret-of-the-upstream';
const key = 'dgm_key-of-the-agent';
let home: string;
let folders: string[] = [];
const programs: Program[] = [];

/** A session bus with a real gnome-keyring, a new one or that of the folder `kept`, and the environment in which programs find it; no prompt can be shown there. */
async function startKeyring(keyring: 'unlocked' | 'none yet' = 'unlocked', kept?: string): Promise<NodeJS.ProcessEnv> {
  const folder = kept ?? (await mkdtemp(join(tmpdir(), 'dragoman-keyring-')));
  folders.push(folder);
  const script = `
    ${keyring === 'unlocked' ? "printf '\\n' | gnome-keyring-daemon --unlock" : 'gnome-keyring-daemon --start'} --components=secrets >/dev/null
    printf '{"bus":"%s","session":%d}\\n' "$DBUS_SESSION_BUS_ADDRESS" $$
    exec sleep 600`;
  const { DRAGOMAN_KEYCHAIN: _off, DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...plain } = plainEnvironment();
  const env: NodeJS.ProcessEnv = { ...plain, HOME: folder, XDG_RUNTIME_DIR: folder, XDG_DATA_HOME: folder };
  const session = startProgram('dbus-run-session', ['--', 'bash', '-c', script], env);
  const { bus, session: pid } = await firstJsonLine(session);
  // With the session's own program the bus ends, and with the bus the keyring.
  programs.push({ ...session, stop: async () => void (await endSession(session, Number(pid))) });
  return { ...env, DBUS_SESSION_BUS_ADDRESS: String(bus) };
}

async function endSession(session: Program, pid: number): Promise<void> {
  const gone = once(session.child, 'exit');
  process.kill(pid);
  await gone;
}

/** A model server that wants the secret and remembers what it was shown. */
async function startUpstream() {
  const shown: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    request.resume();
    shown.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json');
    if (request.headers.authorization !== `Bearer ${secret}`)
      return void response.writeHead(401).end('{"error":{"message":"no"}}');
    if (request.method === 'GET') return void response.end('{"object":"list","data":[{"id":"m","object":"model"}]}');
    const message = { role: 'assistant', content: 'let in' };
    response.end(
      JSON.stringify({
        id: 'c',
        object: 'chat.completion',
        model: 'm',
        choices: [{ index: 0, message, finish_reason: 'stop' }],
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, shown, port: typeof address === 'object' && address !== null ? address.port : 0 };
}

async function writeSettings(port: number): Promise<void> {
  const upstream = {
    id: 'box',
    kind: 'openai-compatible',
    baseUrl: `http://127.0.0.1:${port}/v1`,
    secret: { from: 'keychain' },
    models: { m: {} },
  };
  await writeFile(
    join(home, 'settings.json'),
    JSON.stringify({ detection: { enabled: false }, upstreams: [upstream] }),
  );
}
async function serve(env: NodeJS.ProcessEnv) {
  const program = startDragoman(['--port', '0', '--home', home, '--key', key], env);
  programs.push(program);
  return { ...(await listeningLine(program)), program };
}
const chat = (url: string): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'box/m', messages: [{ role: 'user', content: 'hi' }] }),
  });
async function filesHolding(text: string): Promise<readonly string[]> {
  const names = await readdir(home, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  return files.filter((_, index) => contents[index]?.includes(text));
}

beforeAll(async () => {
  expect((await dragoman(['--version'])).code).toBe(0);
}, 120_000);
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dragoman-keychain-'));
  folders = [home];
});
async function endPrograms(): Promise<void> {
  for (const program of programs.splice(0).reverse()) await program.stop();
}
afterEach(async () => {
  await endPrograms();
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true, maxRetries: 20 })));
});

describe('a secret under a real keychain', () => {
  it('is stored there, read by others, used upstream after a restart, and found in no file', async () => {
    const env = await startKeyring();
    const { server, port, shown } = await startUpstream();
    try {
      await writeSettings(port);
      const set = await dragoman(['secret', 'set', 'box', '--home', home, '--json'], { env, input: `${secret}\n` });
      expect(set).toMatchObject({ code: 0 });
      expect(JSON.parse(set.stdout)).toEqual({ upstream: 'box', stored: true, origin: `http://127.0.0.1:${port}` });
      const account = `upstream/box@${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
      const { stdout } = await run('secret-tool', ['lookup', 'service', 'Dragoman', 'account', account], { env });
      expect(JSON.parse(stdout)).toEqual({ origin: `http://127.0.0.1:${port}`, secret });

      for (const _ of ['first', 'after a restart']) {
        const { gateway, program } = await serve(env);
        expect((await (await chat(gateway)).json()).choices[0].message.content).toBe('let in');
        await program.stop();
        expect(program.errors()).not.toContain(secret);
      }
      expect(new Set(shown)).toEqual(new Set([`Bearer ${secret}`]));
      expect(await filesHolding(secret)).toEqual([]);
    } finally {
      server.close();
    }
  });

  it('goes nowhere else until that is confirmed, and is gone when it is removed', async () => {
    const env = await startKeyring();
    const [first, second] = [await startUpstream(), await startUpstream()];
    try {
      await writeSettings(first.port);
      const { gateway } = await serve(env);
      expect((await dragoman(['secret', 'set', 'box', '--home', home], { env, input: secret })).code).toBe(0);
      expect((await chat(gateway)).status).toBe(200);

      await writeSettings(second.port);
      await expect.poll(async () => (await chat(gateway)).status, { timeout: 3_000 }).toBe(502);
      expect(second.shown.join()).not.toContain(secret);
      const models = await dragoman(['models', '--json', '--refresh', '--home', home], { env });
      expect(JSON.parse(models.stdout).servers[0].state).toBe('unauthorized');

      expect((await dragoman(['secret', 'confirm', 'box', '--home', home], { env })).code).toBe(0);
      expect((await chat(gateway)).status).toBe(200);
      expect((await dragoman(['secret', 'rm', 'box', '--home', home], { env })).code).toBe(0);
      expect((await chat(gateway)).status).toBe(502);
    } finally {
      first.server.close();
      second.server.close();
    }
  });

  it('lets the owner of a new key read it again', async () => {
    const env = await startKeyring();
    const made = await dragoman(['key', 'new', '--name', 'mine', '--json', '--home', home], { env });
    const { id, key: minted, inKeychain } = JSON.parse(made.stdout);
    expect(inKeychain).toBe(true);
    const account = `key/${id}@${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
    const lookup = () => run('secret-tool', ['lookup', 'service', 'Dragoman', 'account', account], { env });
    expect((await lookup()).stdout).toBe(minted);
    expect((await dragoman(['key', 'revoke', id, '--home', home], { env })).code).toBe(0);
    await expect(lookup()).rejects.toThrow();
  });
});

describe('a local key under a real keychain', () => {
  it('of an agent that finds it in the environment is in no file, and is told by the agent’s name', async () => {
    const env = await startKeyring();
    await writeSettings(9);
    const codex = ['codex', '--home', home] as const;
    const set = await dragoman(['setup', ...codex, '--model', 'box/m', '--key-from', 'env', '--json'], { env });
    expect(JSON.parse(set.stdout)).toMatchObject({ applied: true, refused: null });
    const { stdout } = await dragoman(['key', 'show', ...codex], { env });
    expect(stdout).toMatch(/^dgm_\S{43}\n$/);
    expect(await filesHolding(stdout.trim())).toEqual([]);
    const written = await readFile(join(String(env.HOME), '.codex', 'config.toml'), 'utf8');
    expect(written).toContain('env_key = "DRAGOMAN_CODEX_KEY"');
    expect(written).not.toContain('dgm_');
    expect(await dragoman(['undo', ...codex], { env })).toMatchObject({ code: 0 });
    expect((await dragoman(['key', 'show', ...codex], { env })).stderr).toContain('There is no key "codex"');
  });

  it('is copied again after a restart, not while the keychain is locked, and not once it is revoked', async () => {
    const env = await startKeyring();
    await writeSettings(9);
    const control = async () => {
      const { gateway, program } = await serve(env);
      const { token } = JSON.parse(await readFile(join(home, 'run.json'), 'utf8'));
      return { control: connectControl(gateway, token), program };
    };
    const first = await control();
    const made = await first.control.keys.create({ name: 'mine' });
    expect(made.inKeychain).toBe(true);
    await first.program.stop();

    const second = await control();
    expect(await second.control.keys.rename({ key: made.id, name: 'Codex' })).toMatchObject({ name: 'Codex' });
    expect(await second.control.keys.reveal({ key: made.id })).toEqual({ key: made.key });
    await lockKeyring(env);
    await expect(second.control.keys.reveal({ key: made.id })).rejects.toMatchObject({
      message: "The key can't be read: the keychain is locked. Unlock it and try again.",
    });
    await second.control.keys.revoke({ key: made.id });
    await expect(second.control.keys.reveal({ key: made.id })).rejects.toMatchObject({ status: 404 });
    await second.program.stop();
    expect(first.program.errors() + second.program.errors()).not.toContain(made.key);
    expect(await filesHolding(made.key)).toEqual([]);
  });
});

/** What a desktop does when its user locks the keyring. */
async function lockKeyring(env: NodeJS.ProcessEnv): Promise<void> {
  const path = '/org/freedesktop/secrets';
  const method = 'org.freedesktop.Secret.Service.Lock';
  const to = ['--session', '--print-reply', '--dest=org.freedesktop.secrets', path, method];
  await run('dbus-send', [...to, `array:objpath:${path}/collection/login`], { env });
}

describe('a server whose secret is in a real keychain', () => {
  it('is added and removed together with its secret, which can be replaced', async () => {
    const env = await startKeyring();
    const { server, port, shown } = await startUpstream();
    const account = `upstream/gpu@${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
    const lookup = () => run('secret-tool', ['lookup', 'service', 'Dragoman', 'account', account], { env });
    try {
      const url = `http://127.0.0.1:${port}/v1`;
      const add = [
        'server',
        'add',
        'gpu',
        '--kind',
        'openai-compatible',
        '--base-url',
        url,
        '--secret-from',
        'keychain',
      ];
      const added = await dragoman([...add, '--home', home, '--json'], { env, input: 'the-first-one\n' });
      expect(JSON.parse(added.stdout).added).toMatchObject({ id: 'gpu', state: 'unauthorized' });
      const set = await dragoman(['secret', 'set', 'gpu', '--home', home], { env, input: `${secret}\n` });
      expect(set).toMatchObject({ code: 0 });
      expect(JSON.parse((await lookup()).stdout).secret).toBe(secret);
      const listed = await dragoman(['server', 'list', '--home', home, '--json'], { env });
      expect(JSON.parse(listed.stdout).servers).toContainEqual(
        expect.objectContaining({ id: 'gpu', state: 'up', models: 1 }),
      );
      expect(shown).toContain(`Bearer ${secret}`);
      expect(await filesHolding(secret)).toEqual([]);
      const removed = await dragoman(['server', 'rm', 'gpu', '--home', home, '--json'], { env });
      expect(JSON.parse(removed.stdout).removed).toMatchObject({ id: 'gpu', secretRemoved: true });
      await expect(lookup()).rejects.toThrow();
    } finally {
      server.close();
    }
  });
});

describe('a keychain that does not open', () => {
  it('because it is locked says so, and keeps what is in it', async () => {
    const env = await startKeyring();
    const { server, port } = await startUpstream();
    try {
      await writeSettings(port);
      expect((await dragoman(['secret', 'set', 'box', '--home', home], { env, input: secret })).code).toBe(0);
      await lockKeyring(env);
      const before = await readFile(join(home, 'settings.json'), 'utf8');
      const { gateway } = await serve(env);
      const { token } = JSON.parse(await readFile(join(home, 'run.json'), 'utf8'));
      const control = connectControl(gateway, token);
      const locked = { state: 'locked', message: 'the keychain is locked', remedy: 'Unlock it and try again.' };
      expect(await control.secrets.state()).toEqual(locked);
      const answer = await chat(gateway);
      expect(answer.status).toBe(502);
      expect(JSON.stringify(await answer.json())).toContain('the keychain is locked. Unlock it and try again.');
      for (const args of [
        ['secret', 'set', 'box'],
        ['secret', 'rm', 'box'],
        ['server', 'rm', 'box'],
      ]) {
        const refused = await dragoman([...args, '--home', home], { env, input: 'another' });
        expect(refused).toMatchObject({ code: 1, stdout: '' });
        expect(refused.stderr).toContain('Nothing was changed: the keychain is locked. Unlock it and try again.');
      }
      expect(await readFile(join(home, 'settings.json'), 'utf8')).toBe(before);
      // The next log-in, which unlocks it: everything is still there.
      await endPrograms();
      const later = await serve(await startKeyring('unlocked', env.HOME));
      expect((await chat(later.gateway)).status).toBe(200);
    } finally {
      server.close();
    }
  });

  it('because its prompt was refused says so', async () => {
    const env = await startKeyring('none yet');
    await writeSettings(9);
    const { gateway } = await serve(env);
    const { token } = JSON.parse(await readFile(join(home, 'run.json'), 'utf8'));
    const control = connectControl(gateway, token);
    // Nothing is wrong as long as nothing was asked: the first secret makes the keyring, and its prompt fails here.
    expect((await control.secrets.state()).state).toBe('ready');
    const set = await dragoman(['secret', 'set', 'box', '--home', home], { env, input: secret });
    expect(set).toMatchObject({ code: 1, stdout: '' });
    expect(set.stderr).toContain('Nothing was changed: the keychain asked and was refused, or could not ask.');
    expect(await control.secrets.state()).toMatchObject({
      state: 'refused',
      remedy: 'Try again in a desktop session and answer its prompt.',
    });
    expect(await filesHolding(secret)).toEqual([]);
  });
});

describe('without any keychain service', () => {
  it('a secret is refused in clear words, nothing is written, and the service runs all the same', async () => {
    const { DRAGOMAN_KEYCHAIN: _off, DBUS_SESSION_BUS_ADDRESS: _bus, DISPLAY: _display, ...env } = plainEnvironment();
    const noBus = { ...env, XDG_RUNTIME_DIR: home };
    await writeSettings(9);
    const before = await readdir(home);
    const set = await dragoman(['secret', 'set', 'box', '--home', home], { env: noBus, input: secret });
    expect(set).toMatchObject({ code: 1, stdout: '' });
    expect(set.stderr).toContain('no keychain service runs here');
    expect(await readdir(home)).toEqual(before);
    expect(await filesHolding(secret)).toEqual([]);
    const { gateway } = await serve(noBus);
    const answer = await chat(gateway);
    expect(answer.status).toBe(502);
    expect(JSON.stringify(await answer.json())).toContain('no keychain service runs here');
  });
});
