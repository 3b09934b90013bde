import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The unpacked app that `npm run pack:check` makes, and what its checks need to start it. */

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
export const output = join(root, 'dist', 'check');
export const executable = join(output, 'linux-unpacked', 'dragoman');
// Neither root nor a container without user namespaces can have Chromium's sandbox.
export const switches = ['--no-sandbox'];
/** Main processes that run. @type {Map<number, Promise<unknown>>} */
const running = new Map();

/** @param {string} command @param {readonly string[]} args @param {import('node:child_process').SpawnSyncOptions} [options] */
export function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    timeout: 300_000,
    ...options,
    encoding: 'utf8',
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** @param {unknown} holds @param {string} otherwise */
export function assert(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

/** @param {string} home @returns {NodeJS.ProcessEnv} */
export function environment(home) {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, ELECTRON_OVERRIDE_DIST_PATH: ___, ...env } = process.env;
  return {
    ...env,
    DRAGOMAN_HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CACHE_HOME: join(home, 'cache'),
  };
}

/**
 * Starts the app and waits until it serves, 30 s at most.
 * @param {string} home @param {NodeJS.ProcessEnv} [more]
 */
export async function start(home, more = {}) {
  const app = spawn('xvfb-run', ['-a', 'dbus-run-session', '--', executable, ...switches, '--port', '0'], {
    env: { ...environment(home), DRAGOMAN_KEYCHAIN: 'off', ...more },
    stdio: 'ignore',
  });
  const ended = new Promise((done) => app.once('exit', done));
  const record = join(home, 'run.json');
  await until('the app serves', () => {
    assert(app.exitCode === null, `the app ended with ${app.exitCode}`);
    return existsSync(record);
  });
  const { pid, url, token } = JSON.parse(readFileSync(record, 'utf8'));
  running.set(
    pid,
    ended.then(() => running.delete(pid)),
  );
  return {
    url,
    ended,
    /** Asks what the window asks. @param {string} procedure */
    ask: async (procedure) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await fetch(`${url}/control/${procedure}`, { method: 'POST', headers, body: '{}' });
      return (await answer.json()).json;
    },
    async end() {
      process.kill(pid, 'SIGTERM');
      await ended;
      assert(!existsSync(record), 'run.json is still there after the end');
    },
  };
}

/** Ends what a check that failed has left. */
export async function endAll() {
  for (const [pid, ended] of running) {
    process.kill(pid, 'SIGKILL');
    await ended;
  }
}

/** @param {string} what @param {() => boolean | Promise<boolean>} holds */
export async function until(what, holds) {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    assert(Date.now() < deadline, `not within 30 s: ${what}`);
    await sleep(50);
  }
}
