import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The tiers of the tests: which test files belong to each and what it needs of the machine.
 *
 * A test file belongs to the tier that its folder below test/ names (`test/keychain/…` → keychain). Elsewhere it belongs to `fixtures` when its
 * text names DRAGOMAN_FIXTURES and that variable is set, else to `unit`: without the variable the parts that need it skip themselves.
 */

export const root = fileURLToPath(new URL('..', import.meta.url));

/** @param {string} name @returns {boolean} whether PATH holds an executable of that name */
function onPath(name) {
  const extensions = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => extensions.some((extension) => existsSync(join(folder, name + extension))));
}

/** @param {...string} names @returns {string[]} those that PATH lacks */
const lacking = (...names) => names.filter((name) => !onPath(name));

/** The chromium to drive: CHROMIUM, else Debian's. */
export const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** The Electron to drive: that of ELECTRON_OVERRIDE_DIST_PATH, else the one that its package has downloaded. */
export const electron = join(
  process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(root, 'node_modules/electron/dist'),
  process.platform === 'win32' ? 'electron.exe' : 'electron',
);

/** The target that Codex's binary of this system is compiled for. */
const rustTarget = [
  process.arch === 'arm64' ? 'aarch64' : 'x86_64',
  { linux: 'unknown-linux-musl', darwin: 'apple-darwin', win32: 'pc-windows-msvc' }[String(process.platform)] ?? '',
].join('-');

const packages = join(root, 'test/agents/node_modules');
const exe = process.platform === 'win32' ? '.exe' : '';

/** The released agents, where test/agents is installed. Their packages' executables by path: the stubs in .bin want install scripts. */
export const executables = {
  claudeCode: join(packages, `@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude${exe}`),
  codex: join(packages, `@openai/codex-${process.platform}-${process.arch}/vendor/${rustTarget}/bin/codex${exe}`),
  openCode: join(
    packages,
    `opencode-${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}/bin/opencode${exe}`,
  ),
  /** A program for Node. */
  qwenCode: join(packages, '@qwen-code/qwen-code/cli-entry.js'),
};

const agentsMissing = () => {
  const absent = Object.values(executables).filter((path) => !existsSync(path));
  return absent.length > 0
    ? `not installed: ${absent.map((path) => relative(packages, path)).join(', ')}: npm ci --prefix test/agents`
    : llamaServerMissing();
};

const llamaServerMissing = () => {
  const executable = process.env.DRAGOMAN_LLAMA_SERVER;
  const models = process.env.DRAGOMAN_TINY_MODELS;
  if (!executable)
    return 'DRAGOMAN_LLAMA_SERVER is not set: the path of a llama-server executable (Debian: llama.cpp-tools)';
  if (!existsSync(executable))
    return 'DRAGOMAN_LLAMA_SERVER names no file: build or install llama-server, then set it to its path';
  if (!models)
    return 'DRAGOMAN_TINY_MODELS is not set: the folder with scripted.gguf and scripted-slow.gguf, which .ci/run makes';
  const absent = ['scripted.gguf', 'scripted-slow.gguf'].filter((file) => !existsSync(join(models, file)));
  return absent.length > 0
    ? `${absent.join(' and ')} missing in DRAGOMAN_TINY_MODELS: .ci/run shows how they are made`
    : null;
};

const electronMissing = () => {
  if (process.platform !== 'linux') return 'a display and a session bus that a test may start: Linux only';
  const absent = lacking('xvfb-run', 'xauth', 'dbus-run-session', 'gdbus', 'gnome-keyring-daemon', 'secret-tool');
  if (absent.length > 0)
    return `${absent.join(', ')} not found: apt-get install xvfb xauth dbus libglib2.0-bin gnome-keyring libsecret-tools`;
  const python = spawnSync('/usr/bin/python3', ['-c', 'import dbus, gi'], { stdio: 'ignore' });
  if (python.status !== 0) return 'a tray for tests needs apt-get install python3-dbus python3-gi';
  return existsSync(electron)
    ? null
    : 'Electron’s runtime not found: node node_modules/electron/install.js, or set ELECTRON_OVERRIDE_DIST_PATH to its folder';
};

/**
 * `missing` tells what a tier lacks here and how to get it, or null. `named`: runs only when it is named (its parts are installed apart).
 * `isolated`: runs with no network but loopback. `display`: runs on a display and a session bus of its own.
 * @type {readonly { name: string, named?: true, isolated?: true, display?: boolean, missing: () => string | null }[]}
 */
export const tiers = [
  { name: 'unit', missing: () => null },
  {
    name: 'fixtures',
    missing: () => {
      const folder = process.env.DRAGOMAN_FIXTURES;
      if (!folder) return 'DRAGOMAN_FIXTURES is not set: the folder with the recorded streams and agent requests';
      return existsSync(folder) ? null : 'DRAGOMAN_FIXTURES names no folder: set it to the folder with the recordings';
    },
  },
  { name: 'service', missing: () => null },
  {
    name: 'keychain',
    missing: () => {
      if (process.platform !== 'linux') return 'a Secret Service that a test may start: Linux only';
      const absent = lacking('gnome-keyring-daemon', 'dbus-run-session', 'secret-tool');
      return absent.length > 0
        ? `${absent.join(', ')} not found: apt-get install gnome-keyring dbus dbus-x11 libsecret-1-0 libsecret-tools`
        : null;
    },
  },
  { name: 'llama-server', missing: llamaServerMissing },
  {
    name: 'browser',
    missing: () =>
      existsSync(chromium) ? null : 'chromium not found: apt-get install chromium, or set CHROMIUM to its path',
  },
  { name: 'electron', display: true, missing: electronMissing },
  {
    name: 'agents',
    named: true,
    isolated: true,
    // Their whole path through the app is walked where a test may start a display.
    display: process.platform === 'linux',
    missing: () => agentsMissing() ?? (process.platform === 'linux' ? electronMissing() : null),
  },
];

/** @returns {string[]} every test file below test/, as paths from the repository's root with forward slashes, sorted */
function testFiles() {
  return readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.test\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.includes('/node_modules/'))
    .sort();
}

/** @param {string} path @returns {string} the name of the tier that the test file belongs to */
function tierOf(path) {
  const folder = path.split('/')[1] ?? '';
  if (folder !== 'unit' && folder !== 'fixtures' && tiers.some((tier) => tier.name === folder)) return folder;
  const recordings =
    process.env.DRAGOMAN_FIXTURES && readFileSync(join(root, path), 'utf8').includes('DRAGOMAN_FIXTURES');
  return recordings ? 'fixtures' : 'unit';
}

/** @param {string} tier @returns {string[]} the test files of a tier, as testFiles() writes them */
export const filesOf = (tier) => testFiles().filter((path) => tierOf(path) === tier);
