#!/usr/bin/env node
/**
 * `npm run pack:check`: makes the unpacked app as a release would (electron-builder.yml) and starts it, without any network: the executable
 * takes the commands, its keychain library loads, it writes its login item, serves and ends. Linux; wants xvfb-run, dbus-run-session,
 * gnome-keyring-daemon and secret-tool, and Electron's runtime: that of node_modules, or of ELECTRON_OVERRIDE_DIST_PATH (`…-dist` beside it
 * where that folder holds more than the runtime). The last line is `N passed, N failed, 0 skipped`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nodeExecutable } from '../test/node-executable.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const output = join(root, 'dist', 'check');
const executable = join(output, 'linux-unpacked', 'dragoman');
// Neither root nor a container without user namespaces can have Chromium's sandbox.
const switches = ['--no-sandbox'];
const secret = `planted-${process.pid}-${Date.now()}`;

/** @param {string} command @param {readonly string[]} args @param {import('node:child_process').SpawnSyncOptions} [options] */
function run(command, args, options = {}) {
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
function assert(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

function runtimeFolder() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const folder = override ?? join(root, 'node_modules/electron/dist');
  const bare = existsSync(`${folder}-dist`) ? `${folder}-dist` : folder;
  assert(existsSync(join(bare, 'version')), `no Electron runtime in ${bare}`);
  return bare;
}

/**
 * A runtime that is older than the one we ship lacks two names that a library looks up. The check, and nothing else, packs an entry that
 * fills them in. @param {string} version
 */
function entryFor(version) {
  if (Number(version.split('.')[0]) >= 38) return [];
  const entry = join(root, 'out', 'check', 'main.js');
  mkdirSync(dirname(entry), { recursive: true });
  writeFileSync(
    entry,
    `import { syncBuiltinESMExports } from 'node:module';
import workers from 'node:worker_threads';
import zlib from 'node:zlib';
const absent = () => { throw new Error('not in this runtime'); };
zlib.createZstdCompress ??= absent;
zlib.createZstdDecompress ??= absent;
workers.markAsUncloneable ??= () => {};
syncBuiltinESMExports();
await import('../main/desktop.js');
`,
  );
  return ['-c.extraMetadata.main=out/check/main.js'];
}

function pack() {
  // No chunk of an earlier build goes into a package.
  rmSync(join(root, 'out'), { recursive: true, force: true });
  run(process.execPath, [join(root, 'bin/dragoman.mjs'), '--version']);
  const runtime = runtimeFolder();
  const version = readFileSync(join(runtime, 'version'), 'utf8').trim().replace(/^v/, '');
  rmSync(output, { recursive: true, force: true });
  run(nodeExecutable(), [
    join(root, 'node_modules/electron-builder/cli.js'),
    ...['--linux', 'dir', '--publish', 'never'],
    `-c.electronDist=${runtime}`,
    `-c.electronVersion=${version}`,
    `-c.directories.output=${output}`,
    ...entryFor(version),
  ]);
}

function fuses() {
  const read = run(nodeExecutable(), [
    join(root, 'node_modules/@electron/fuses/dist/bin.js'),
    'read',
    '--app',
    executable,
  ]);
  for (const fuse of ['RunAsNode', 'EnableNodeOptionsEnvironmentVariable', 'EnableNodeCliInspectArguments'])
    assert(new RegExp(`${fuse} is Disabled`).test(read), `${fuse} is not off:\n${read}`);
  assert(/OnlyLoadAppFromAsar is Enabled/.test(read), `OnlyLoadAppFromAsar is not on:\n${read}`);
}

/** @param {string} home @returns {NodeJS.ProcessEnv} */
function environment(home) {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, ELECTRON_OVERRIDE_DIST_PATH: ___, ...env } = process.env;
  return { ...env, DRAGOMAN_HOME: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_DATA_HOME: join(home, 'data') };
}

/** @param {string} home */
function command(home) {
  const models = run(executable, [...switches, 'models', '--json'], { env: environment(home) });
  assert(JSON.parse(models).gateway.running === false, `models said: ${models}`);
  const { status } = spawnSync(executable, [...switches, 'nonsense'], { env: environment(home) });
  assert(status === 2, `an unknown command ended with ${status}`);
}

/** @param {string} home */
function keychain(home) {
  const steps = [
    'set -e',
    'eval "$(printf "\\n" | gnome-keyring-daemon --unlock --components=secrets)"',
    `printf %s "$SECRET" | "$EXECUTABLE" ${switches.join(' ')} secret set box >&2`,
    'secret-tool search --all service Dragoman 2>&1',
  ];
  const found = run('dbus-run-session', ['--', 'bash', '-c', steps.join('\n')], {
    env: { ...environment(home), XDG_RUNTIME_DIR: home, SECRET: secret, EXECUTABLE: executable },
  });
  assert(found.includes(secret), `the keyring holds no such secret: ${found.replaceAll(secret, '…')}`);
}

/** @param {string} home */
async function desktop(home) {
  const app = spawn('xvfb-run', ['-a', 'dbus-run-session', '--', executable, ...switches, '--port', '0'], {
    env: { ...environment(home), DRAGOMAN_KEYCHAIN: 'off' },
    stdio: 'ignore',
  });
  const ended = new Promise((done) => app.once('exit', done));
  const record = join(home, 'run.json');
  const folder = join(home, 'config', 'autostart');
  const deadline = Date.now() + 30_000;
  while (!existsSync(record) || !existsSync(folder) || readdirSync(folder).length === 0) {
    assert(
      Date.now() < deadline && app.exitCode === null,
      'the app did not start and write its login item within 30 s',
    );
    await sleep(50);
  }
  const { pid, url } = JSON.parse(readFileSync(record, 'utf8'));
  try {
    const entry = readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8');
    assert(entry.includes(`Exec=${executable} `), `the login item starts something else: ${entry}`);
    assert((await fetch(`${url}/health`)).status === 200, 'the gateway does not answer');
    const models = run(executable, [...switches, 'models', '--json'], { env: environment(home) });
    assert(JSON.parse(models).gateway.url === url, 'the command does not find the running app');
  } finally {
    process.kill(pid, 'SIGTERM');
    await ended;
  }
  assert(!existsSync(record), 'run.json is still there after the end');
}

const home = mkdtempSync(join(tmpdir(), 'dragoman-pack-'));
writeFileSync(
  join(home, 'settings.json'),
  JSON.stringify({
    detection: { enabled: false },
    upstreams: [{ id: 'box', kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1', enabled: false }],
    desktop: { openAtLogin: true },
  }),
);
const checks = [
  { name: 'packs without a network', check: pack },
  { name: 'has its fuses set', check: fuses },
  { name: 'its executable takes the commands without a display', check: () => command(home) },
  { name: 'stores a secret in the keyring', check: () => keychain(home) },
  { name: 'starts, writes its login item, serves, ends', check: () => desktop(home) },
];
let failed = 0;
for (const { name, check } of checks) {
  const started = performance.now();
  try {
    await check();
    console.log(`passed: ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED: ${name}: ${error instanceof Error ? error.message : error}`);
  }
}
rmSync(home, { recursive: true, force: true, maxRetries: 5 });
console.log(`${checks.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
