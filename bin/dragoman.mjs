#!/usr/bin/env node
// Starts Dragoman's command line under any Node >= 20.19: builds first where a checkout's build is stale, and hands over to the
// Node of node_modules where the running one is too old for the libraries (undici 8 needs 22.19). `desktop` starts the app in Electron, or
// the service with its window in a browser where there is no Electron.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findElectron, hasDisplay } from './desktop.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const program = join(root, 'out', 'main', 'cli.js');
const stamp = join(root, 'out', '.stamp');
const lock = join(root, 'out', '.building');
const ownNode = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const sourcePaths = [
  'src-main',
  'src-shared',
  'src-renderer',
  'electron.vite.config.ts',
  'package.json',
  'package-lock.json',
];

/** Ends with exit code 1 and a sentence on stderr. */
function fail(message) {
  process.stderr.write(`dragoman: ${message}\n`);
  process.exit(1);
}

/** A hash over path, size and time of change of every source: a deleted or older file counts as a change too. */
function fingerprint() {
  const hash = createHash('sha256');
  const visit = (path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (stats.isDirectory()) {
      for (const name of readdirSync(path).sort()) visit(join(path, name));
    } else {
      hash.update(`${relative(root, path)}\0${stats.size}\0${stats.mtimeMs}\n`);
    }
  };
  for (const path of sourcePaths) visit(join(root, path));
  return hash.digest('hex');
}

function isFresh() {
  return existsSync(program) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Takes the build lock or waits for its holder, two minutes at most. A dead holder's lock is removed. */
function takeLock() {
  mkdirSync(dirname(lock), { recursive: true });
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      const file = openSync(lock, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`cannot build: ${error.message}`);
    }
    let age = 0;
    let holder = Number.NaN;
    try {
      age = Date.now() - statSync(lock).mtimeMs;
      holder = Number.parseInt(readFileSync(lock, 'utf8'), 10);
    } catch {
      continue; // The holder has just finished.
    }
    // A lock without a pid is one that is being written right now, or whose writer died in that moment.
    if (Number.isNaN(holder) ? age > 5_000 : !isAlive(holder)) rmSync(lock, { force: true });
    if (Date.now() > deadline)
      fail(`another build (process ${holder}) holds ${lock} for two minutes: end it or remove that file`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}

/** Chunks of earlier builds, kept for the services that still run from them, go after a week. */
function removeOldChunks() {
  const folder = join(root, 'out', 'main', 'chunks');
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > 7 * 86_400_000) rmSync(path, { force: true });
  }
}

function build() {
  const builder = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  if (!existsSync(builder)) fail(`the libraries are not installed: run \`npm ci\` in ${root}`);
  takeLock();
  try {
    if (isFresh()) return;
    const before = fingerprint();
    const node = existsSync(ownNode) ? ownNode : process.execPath;
    const result = spawnSync(node, [builder, 'build', '--logLevel', 'error'], { cwd: root, stdio: ['ignore', 2, 2] });
    if (result.error) throw new Error(`the build did not start: ${result.error.message}`);
    if (result.signal) throw new Error(`the build was ended by ${result.signal}`);
    if (result.status !== 0) throw new Error(`the build failed (exit code ${result.status}); its messages stand above`);
    writeFileSync(stamp, before);
    removeOldChunks();
  } catch (error) {
    rmSync(lock, { force: true });
    fail(error.message);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** True where the running Node is new enough for every library: undici 8 needs 22.19. */
function isNewEnough() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 19);
}

/** Runs the program under node_modules' Node: signals go there, its exit comes back. The channel tells it when this process is gone. */
function handOver() {
  if (!existsSync(ownNode)) {
    fail(
      `Node ${process.versions.node} is too old (22.19 or newer is needed) and node_modules has none: run \`npm ci\` in ${root}`,
    );
  }
  follow(
    ownNode,
    spawn(ownNode, [program, ...process.argv.slice(2)], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, DRAGOMAN_HANDED_OVER: '1' },
    }),
  );
}

/** This process is now nothing but the child's: signals go there, its exit comes back. */
function follow(executable, child) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${executable} did not start: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

/** Starts the app in Electron; false where that can't be: then the arguments are those of the service, which is to be started instead. */
function openDesktop() {
  const args = process.argv.slice(3);
  const found = findElectron(root, existsSync(ownNode) ? ownNode : process.execPath, args);
  if ('executable' in found) {
    // With this variable Electron would be a plain Node.
    const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env;
    const switches = args.filter((arg) => arg === '--no-sandbox');
    const own = args.filter((arg) => arg !== '--no-sandbox');
    follow(found.executable, spawn(found.executable, [...switches, root, ...own], { stdio: 'inherit', env }));
    return true;
  }
  const open = hasDisplay() && !args.includes('--no-ui') && !args.includes('--open') ? ['--open'] : [];
  const place = open.length > 0 ? 'in the browser' : 'at the address below';
  process.stderr.write(`dragoman: no window of its own: ${found.why}. It is ${place}.\n`);
  const own = args.filter((arg) => arg !== '--no-sandbox' && arg !== '--hidden');
  process.argv.splice(2, process.argv.length, 'serve', ...own, ...open);
  return false;
}

const isCheckout = existsSync(join(root, 'src-main')) && existsSync(join(root, 'electron.vite.config.ts'));
if (isCheckout && !existsSync(join(root, 'node_modules')))
  fail(`the libraries are not installed: run \`npm ci\` in ${root}`);
if (isCheckout && !isFresh()) build();
if (!existsSync(program)) fail(`${program} is missing: this installation is not complete`);
const isOpen = process.argv[2] === 'desktop' && openDesktop();
if (!isOpen) {
  if (isNewEnough()) await import(pathToFileURL(program).href);
  else handOver();
}
