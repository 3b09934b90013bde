#!/usr/bin/env node
/**
 * `npm run pack:check`: makes the unpacked app as a release would (electron-builder.yml) and starts it, without any network: what it holds,
 * its fuses, the commands, its keychain library, its login item, serving, ending, and updating itself from a feed on this machine. Linux;
 * wants xvfb-run, dbus-run-session, gnome-keyring-daemon and secret-tool, and Electron's runtime: that of node_modules, or of ELECTRON_OVERRIDE_DIST_PATH (`…-dist` beside it
 * where that folder holds more than the runtime). The last line is `N passed, N failed, 0 skipped`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nodeExecutable } from '../test/node-executable.mjs';
import { assert, endAll, environment, executable, output, root, run, start, switches, until } from './packed-app.mjs';
import { installsOnQuit, onlyTells, refusesDamaged, restarts, startFeed } from './packed-updates.mjs';

const secret = `planted-${process.pid}-${Date.now()}`;

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

/** @param {string} feed where its updates come from */
function pack(feed) {
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
    ...['-c.publish.provider=generic', `-c.publish.url=${feed}`],
    ...entryFor(version),
  ]);
}

function contents() {
  const resources = join(output, 'linux-unpacked', 'resources');
  const asar = run(nodeExecutable(), [
    join(root, 'node_modules/@electron/asar/bin/asar.js'),
    ...['list', join(resources, 'app.asar')],
  ]);
  const surplus = asar
    .split('\n')
    .filter((path) => path !== '' && !/^\/(out|assets|node_modules|LICENSE|package\.json)(\/|$)/.test(path))
    .concat(asar.match(/^\/node_modules\/(?!keytar(\/|$)).*$/gm) ?? [])
    .concat(asar.match(/^\/node_modules\/keytar\/(src|build|script|prebuilds\/(?!linux-)).*$/gm) ?? []);
  assert(surplus.length === 0, `the package holds what does not belong there: ${surplus.join(', ')}`);
  assert(/^\/out\/renderer\/index\.html$/m.test(asar), 'the window is not in the package');
  const unpacked = readdirSync(join(resources, 'app.asar.unpacked'), { recursive: true }).map(String);
  const libraries = unpacked.filter((path) => path.endsWith('.node'));
  assert(
    libraries.length === 1 && libraries[0]?.includes(`linux-${process.arch}`),
    `beside the archive there should be keytar's library for this system: ${libraries.join(', ')}`,
  );
}

/** What electron-builder.yml says of each, read back from the executable. The integrity of the archive is checked on macOS and Windows only. */
function fuses() {
  const read = run(nodeExecutable(), [
    join(root, 'node_modules/@electron/fuses/dist/bin.js'),
    'read',
    '--app',
    executable,
  ]);
  const wanted = {
    RunAsNode: 'Disabled',
    EnableNodeOptionsEnvironmentVariable: 'Disabled',
    EnableNodeCliInspectArguments: 'Disabled',
    EnableEmbeddedAsarIntegrityValidation: 'Enabled',
    OnlyLoadAppFromAsar: 'Enabled',
    GrantFileProtocolExtraPrivileges: 'Disabled',
  };
  for (const [fuse, state] of Object.entries(wanted))
    assert(new RegExp(`${fuse} is ${state}`).test(read), `${fuse} is not ${state}:\n${read}`);
}

/** What the fuses are for. @param {string} home */
function otherCode(home) {
  const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
  const beside = join(output, 'linux-unpacked', 'resources', 'app');
  mkdirSync(beside, { recursive: true });
  writeFileSync(join(beside, 'package.json'), '{"name":"other","version":"6.6.6","main":"main.js"}');
  writeFileSync(join(beside, 'main.js'), 'process.stdout.write("other code\\n"); process.exit(0);');
  try {
    const env = { ...environment(home), ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '--require=/nowhere.js' };
    const said = run(executable, [...switches, '--version'], { env });
    assert(said === `${version}\n`, `other code than the archive's ran: ${said}`);
  } finally {
    rmSync(beside, { recursive: true });
  }
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
  const app = await start(home);
  try {
    const folder = join(home, 'config', 'autostart');
    await until('the login item is written', () => existsSync(folder) && readdirSync(folder).length > 0);
    const entry = readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8');
    assert(entry.includes(`Exec=${executable} `), `the login item starts something else: ${entry}`);
    assert((await fetch(`${app.url}/health`)).status === 200, 'the gateway does not answer');
    const models = run(executable, [...switches, 'models', '--json'], { env: environment(home) });
    assert(JSON.parse(models).gateway.url === app.url, 'the command does not find the running app');
  } finally {
    await app.end();
  }
}

const feed = await startFeed();
const home = mkdtempSync(join(tmpdir(), 'dragoman-pack-'));
writeFileSync(
  join(home, 'settings.json'),
  JSON.stringify({
    detection: { enabled: false },
    upstreams: [{ id: 'box', kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:9/v1', enabled: false }],
    desktop: { openAtLogin: true },
  }),
);
const first = () => pack(feed.url);
const checks = [
  { name: 'packs without a network', check: first },
  { name: 'holds what belongs there and nothing else', check: contents },
  { name: 'has its fuses set', check: fuses },
  { name: 'runs no code but its own archive', check: () => otherCode(home) },
  { name: 'its executable takes the commands without a display', check: () => command(home) },
  { name: 'stores a secret in the keyring', check: () => keychain(home) },
  { name: 'starts, writes its login item, serves, ends', check: () => desktop(home) },
  { name: 'an AppImage gets a newer version, and installs it on quit', check: () => installsOnQuit(home, feed) },
  { name: 'an AppImage restarts into the newer version', check: () => restarts(home, feed) },
  { name: 'a damaged download is not installed', check: () => refusesDamaged(home, feed) },
  { name: 'a package of the system only tells where a newer version is', check: () => onlyTells(home, feed) },
];
let [passed, failed] = [0, 0];
for (const { name, check } of checks) {
  const started = performance.now();
  try {
    await check();
    passed += 1;
    console.log(`passed: ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED: ${name}: ${error instanceof Error ? error.message : error}`);
    await endAll();
    // What an earlier run left is not what is to be checked.
    if (check === first) break;
  }
}
feed.close();
rmSync(home, { recursive: true, force: true, maxRetries: 5 });
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
