import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  dragoman,
  dragomanProgram,
  type Listening,
  listeningLine,
  plainEnvironment,
  startDragoman,
} from '../programs/dragoman.ts';
import { type Program, startProgram } from '../programs/program.ts';
import { root } from '../tiers.mjs';

const key = `dgm_${'k'.repeat(43)}`;
let home: string;
const programs: Program[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  // Builds where the build is stale, so that no test's time limit pays for it.
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
}, 120_000);
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dragoman-life-'));
});
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.stop()));
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  await rm(home, { recursive: true, force: true });
});

async function writeSettings(settings: unknown): Promise<void> {
  const text =
    typeof settings === 'string' ? settings : JSON.stringify({ detection: { enabled: false }, ...Object(settings) });
  await writeFile(join(home, 'settings.json'), text);
}
function start(args: readonly string[] = [], env?: NodeJS.ProcessEnv): Program {
  const program = startDragoman(['--home', home, ...args], env);
  programs.push(program);
  return program;
}
async function serve(
  args: readonly string[] = ['--port', '0', '--key', key],
): Promise<Listening & { readonly program: Program }> {
  const program = start(args);
  return { ...(await listeningLine(program)), program };
}
async function exitOf(program: Program): Promise<number | null> {
  if (program.child.exitCode === null) await once(program.child, 'exit');
  return program.child.exitCode;
}
const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );
const withKey = (url: string, presented: string): Promise<number> =>
  fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${presented}` } }).then(({ status }) => status);
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
/** A model server whose answer to a chat request waits until it is let go. */
async function slowUpstream(): Promise<{ readonly url: string; readonly asked: Promise<void>; letGo(): void }> {
  let letGo: () => void = () => undefined;
  let onAsked: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    onAsked = resolve;
  });
  const server = createServer((request, response) => {
    request.resume();
    if (request.method !== 'POST') return void response.writeHead(404).end();
    letGo = () => {
      const message = { role: 'assistant', content: 'at last' };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          id: 'c',
          object: 'chat.completion',
          model: 'm',
          choices: [{ index: 0, message, finish_reason: 'stop' }],
        }),
      );
    };
    onAsked();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/v1`;
  return { url, asked, letGo: () => letGo() };
}
const chat = (url: string): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'slow/m', messages: [{ role: 'user', content: 'hi' }] }),
  });
const upstreamSettings = (baseUrl: string, more: object = {}) => ({
  upstreams: [{ id: 'slow', kind: 'openai-compatible', baseUrl, models: { m: {} } }],
  ...more,
});

describe('dragoman serve', () => {
  it('says in one line where it listens, answers there, and writes run.json for its user only', async () => {
    const line = await serve();
    expect(line).toMatchObject({ event: 'listening', pid: line.program.child.pid, key: null });
    expect(line.gateway).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await isUp(line.gateway)).toBe(true);
    const run = JSON.parse(await readFile(join(home, 'run.json'), 'utf8'));
    expect(run).toMatchObject({ pid: line.pid, url: line.gateway, ui: line.ui });
    expect(Date.parse(run.startedAt)).toBeGreaterThan(Date.now() - 60_000);
    if (process.platform !== 'win32') expect((await stat(join(home, 'run.json'))).mode & 0o777).toBe(0o600);
    if (line.ui !== null) expect(line.ui).toBe(`${line.gateway}/ui/#token=${run.token}`);
  });

  it('makes a first key, shows it once and keeps only its hash', async () => {
    const first = await serve(['--port', '0']);
    expect(first.key).toMatch(/^dgm_[A-Za-z0-9_-]{43}$/);
    expect(first.program.errors()).toContain(first.key);
    expect(await withKey(first.gateway, first.key ?? '')).toBe(200);
    expect(await readFile(join(home, 'settings.json'), 'utf8')).not.toContain(first.key);
    await first.program.stop();
    const second = await serve(['--port', '0']);
    expect(second.key).toBeNull();
    expect(await withKey(second.gateway, first.key ?? '')).toBe(200);
  });

  it('takes a key for this run from --key or DRAGOMAN_KEY and stores neither', async () => {
    const { gateway } = await listeningLine(start(['--port', '0'], plainEnvironment({ DRAGOMAN_KEY: key })));
    expect(await withKey(gateway, key)).toBe(200);
    expect(await withKey(gateway, `${key}x`)).toBe(401);
    await expect(stat(join(home, 'settings.json'))).rejects.toThrow('ENOENT');
  });

  it('exits 1 and names the running one when a second is started', async () => {
    const first = await serve();
    const second = start(['--port', '0']);
    expect(await exitOf(second)).toBe(1);
    expect(second.errors()).toContain(first.gateway);
    expect(await isUp(first.gateway)).toBe(true);
  });

  it('lets exactly one of several that start at once have the home', async () => {
    const several = Array.from({ length: 4 }, () => start(['--port', '0', '--key', key]));
    const results = await Promise.allSettled(several.map(listeningLine));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('takes the place of one that was killed', async () => {
    const first = await serve();
    first.program.child.kill('SIGKILL');
    await once(first.program.child, 'exit');
    expect((await stat(join(home, 'run.json'))).isFile()).toBe(true);
    const second = await serve();
    expect(JSON.parse(await readFile(join(home, 'run.json'), 'utf8')).pid).toBe(second.pid);
  });

  it("takes the place of a record whose pid is another program's now", async () => {
    const record = {
      pid: process.pid,
      url: `http://127.0.0.1:${await freePort()}`,
      ui: null,
      token: 'x',
      startedAt: new Date().toISOString(),
    };
    await writeFile(join(home, 'run.json'), JSON.stringify(record));
    expect((await serve()).event).toBe('listening');
  });

  it('exits 1 and names the port when that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    servers.push(taken);
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const program = start(['--port', String(port)]);
    expect(await exitOf(program)).toBe(1);
    expect(program.errors()).toContain(String(port));
    await expect(stat(join(home, 'settings.json'))).rejects.toThrow('ENOENT');
  });

  it('exits 1 on a broken settings file, names line and column, and leaves it alone', async () => {
    const broken = '{\n  "gateway": { "prot": 1 }\n}';
    await writeSettings(broken);
    const program = start(['--port', '0']);
    expect(await exitOf(program)).toBe(1);
    expect(program.errors()).toContain('line 2, column 16');
    expect(await readFile(join(home, 'settings.json'), 'utf8')).toBe(broken);
  });

  it('exits 2 before anything is made when it is to listen beyond loopback without a key', async () => {
    for (const args of [
      ['--host', '0.0.0.0'],
      ['--host', '::'],
    ]) {
      const program = start(['--port', '0', ...args]);
      expect(await exitOf(program)).toBe(2);
      expect(program.errors()).toContain('--key');
    }
    await expect(stat(join(home, 'settings.json'))).rejects.toThrow('ENOENT');
  });

  it('listens beyond loopback with a key, and answers there', async () => {
    const { gateway } = await serve(['--port', '0', '--host', '0.0.0.0', '--key', key]);
    expect(gateway).toMatch(/^http:\/\/127\.0\.0\.1:/);
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal);
    if (outside === undefined) return;
    const url = `http://${outside.address}:${new URL(gateway).port}`;
    expect(await isUp(url)).toBe(true);
    expect(await fetch(`${url}/control/status`, { method: 'POST' }).then(({ status }) => status)).toBe(403);
  });

  it.each([[['--port', 'x']], [['--bogus']], [['more']], [['--port', '70000']]])(
    'exits 2 on the wrong usage %j',
    async (args) => {
      expect(await exitOf(start(args))).toBe(2);
    },
  );

  it('serves no window with --no-ui', async () => {
    const line = await serve(['--port', '0', '--key', key, '--no-ui']);
    expect(line.ui).toBeNull();
    expect(await fetch(`${line.gateway}/ui/`).then(({ status }) => status)).toBe(404);
  });
});

describe.skipIf(process.platform === 'win32')('signals', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with 0 and removes run.json', async (signal) => {
    const { pid, program } = await serve();
    process.kill(pid, signal);
    expect(await exitOf(program)).toBe(0);
    await expect(stat(join(home, 'run.json'))).rejects.toThrow('ENOENT');
  });

  it('lets what is in flight end, takes nothing new, and ignores a second signal', async () => {
    const upstream = await slowUpstream();
    await writeSettings(upstreamSettings(upstream.url));
    const { gateway, pid, program } = await serve();
    const answer = chat(gateway);
    await upstream.asked;
    process.kill(pid, 'SIGTERM');
    await expect.poll(() => isUp(gateway), { timeout: 3_000 }).toBe(false);
    process.kill(pid, 'SIGTERM');
    await sleep(300);
    expect(program.child.exitCode).toBeNull();
    upstream.letGo();
    expect((await (await answer).json()).choices[0].message.content).toBe('at last');
    expect(await exitOf(program)).toBe(0);
  });

  it('SIGHUP reloads and the service stays', async () => {
    const { gateway, pid } = await serve();
    process.kill(pid, 'SIGHUP');
    await sleep(200);
    expect(await isUp(gateway)).toBe(true);
  });
});

describe('the settings file of a running service', () => {
  it('is in force within a second after a hand edit', async () => {
    await writeSettings({});
    const { gateway } = await serve(['--port', '0', '--no-ui']);
    const made = await dragoman(['key', 'new', '--name', 'mine', '--home', home]);
    const mine = made.stdout.trim();
    expect(await withKey(gateway, mine)).toBe(200);
    const text = JSON.parse(await readFile(join(home, 'settings.json'), 'utf8'));
    await writeSettings({ ...text, keys: [] });
    await expect.poll(() => withKey(gateway, mine), { timeout: 1_000, interval: 30 }).toBe(401);
  });

  it('is reported when it breaks, and the last good one stays in force', async () => {
    await writeSettings({});
    const { gateway, program } = await serve();
    await writeSettings('{\n "gateway": {"port": }\n}');
    await expect.poll(() => program.errors(), { timeout: 1_000, interval: 30 }).toContain('line 2, column 22');
    expect(await withKey(gateway, key)).toBe(200);
    const refused = await dragoman(['key', 'new', '--name', 'x', '--home', home]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('line 2, column 22');
  });

  it('moves it to another port, where requests in flight still end', async () => {
    const upstream = await slowUpstream();
    const [before, after] = [await freePort(), await freePort()];
    await writeSettings(upstreamSettings(upstream.url, { gateway: { port: before } }));
    const { gateway } = await serve(['--key', key]);
    expect(gateway).toBe(`http://127.0.0.1:${before}`);
    const answer = chat(gateway);
    await upstream.asked;
    await writeSettings(upstreamSettings(upstream.url, { gateway: { port: after } }));
    await expect.poll(() => isUp(`http://127.0.0.1:${after}`), { timeout: 2_000 }).toBe(true);
    upstream.letGo();
    expect((await (await answer).json()).choices[0].message.content).toBe('at last');
    await expect.poll(() => isUp(gateway), { timeout: 2_000 }).toBe(false);
    const named = async () => JSON.parse(await readFile(join(home, 'run.json'), 'utf8')).url;
    await expect.poll(named).toBe(`http://127.0.0.1:${after}`);
  });

  it('moves it to another host on the same port and back', async () => {
    const port = await freePort();
    await writeSettings({ gateway: { port } });
    const { program } = await serve(['--key', key]);
    await writeSettings({ gateway: { port, host: '0.0.0.0' } });
    await expect.poll(() => program.errors(), { timeout: 2_000 }).toContain(`listening at http://0.0.0.0:${port}`);
    await writeSettings({ gateway: { port } });
    await expect.poll(() => program.errors(), { timeout: 2_000 }).toContain(`listening at http://127.0.0.1:${port}`);
    expect(await isUp(`http://127.0.0.1:${port}`)).toBe(true);
  });

  it('stays where it is when the new port is taken', async () => {
    const [before, taken] = [await freePort(), createServer().listen(0, '127.0.0.1')];
    servers.push(taken);
    await once(taken, 'listening');
    const address = taken.address();
    await writeSettings({ gateway: { port: before } });
    const { gateway, program } = await serve(['--key', key]);
    await writeSettings({ gateway: { port: typeof address === 'object' && address !== null ? address.port : 0 } });
    await expect.poll(() => program.errors(), { timeout: 2_000 }).toContain('still listening');
    expect(await isUp(gateway)).toBe(true);
  });

  it('does not move it beyond loopback without a key', async () => {
    await writeSettings({ gateway: { port: 0 } });
    const { gateway, program } = await serve([]);
    await writeSettings({ gateway: { port: 0, host: '0.0.0.0' } });
    await expect.poll(() => program.errors(), { timeout: 2_000 }).toContain('can be reached from other machines');
    expect(await isUp(gateway)).toBe(true);
  });
});

describe.skipIf(process.platform !== 'linux')('whoever started it', () => {
  async function goneWithin(url: string, ms: number): Promise<void> {
    await expect.poll(() => isUp(url), { timeout: ms, interval: 100 }).toBe(false);
  }
  it('ends it when it is npm and is killed', async () => {
    const args = ['run', '--silent', 'serve', '--', '--json', '--port', '0', '--home', home, '--key', key];
    const program = startProgram('npm', args, plainEnvironment(), root);
    programs.push(program);
    const { gateway, pid } = await listeningLine(program);
    expect(pid).not.toBe(program.child.pid);
    program.child.kill('SIGKILL');
    await goneWithin(gateway, 5_000);
    const record = stat(join(home, 'run.json'));
    await expect(record).rejects.toThrow('ENOENT');
  });

  it('ends it when it is an npm that runs another npm, and the first is killed', async () => {
    const port = await freePort();
    await writeSettings({ gateway: { port } });
    const environment = plainEnvironment({ DRAGOMAN_HOME: home, DRAGOMAN_KEY: key });
    const program = startProgram('npm', ['start', '--silent'], environment, root);
    programs.push(program);
    const url = `http://127.0.0.1:${port}`;
    await expect.poll(() => isUp(url), { timeout: 10_000, interval: 100 }).toBe(true);
    program.child.kill('SIGKILL');
    await goneWithin(url, 5_000);
  });
});

/** A Node on PATH that is too old for our libraries, as many machines still have. */
const olderNode = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .filter((path) => !path.includes('node_modules') && existsSync(path))
  .find((path) => /^v(20|21|22\.([0-9]|1[0-8]))\./.test(execFileSync(path, ['--version'], { encoding: 'utf8' })));

describe.skipIf(olderNode === undefined || process.platform === 'win32')('an older Node that hands over', () => {
  async function handedOver(): Promise<Listening & { readonly program: Program }> {
    const args = [dragomanProgram, 'serve', '--json', '--port', '0', '--home', home, '--key', key];
    const program = startProgram(olderNode ?? '', args, plainEnvironment());
    programs.push(program);
    const line = await listeningLine(program);
    expect(line.pid).not.toBe(program.child.pid);
    return { ...line, program };
  }

  it.each(['SIGTERM', 'SIGINT'] as const)('passes %s on, and its exit code back', async (signal) => {
    const { program } = await handedOver();
    program.child.kill(signal);
    expect(await exitOf(program)).toBe(0);
  });

  it('ends with the signal that ended what it started', async () => {
    const { program, pid } = await handedOver();
    process.kill(pid, 'SIGKILL');
    const [, signal] = await once(program.child, 'exit');
    expect(signal).toBe('SIGKILL');
  });

  it('leaves nothing behind when it is killed', async () => {
    const { program, gateway } = await handedOver();
    program.child.kill('SIGKILL');
    await expect.poll(() => isUp(gateway), { timeout: 3_000 }).toBe(false);
  });

  it('passes on the exit code of a command', async () => {
    const program = startProgram(olderNode ?? '', [dragomanProgram, 'nonsense'], plainEnvironment());
    programs.push(program);
    expect(await exitOf(program)).toBe(2);
  });
});
