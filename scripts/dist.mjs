#!/usr/bin/env node
/**
 * `npm run dist`: builds and makes this system's installers in dist/ (electron-builder.yml). Wants the network: electron-builder downloads
 * Electron and its tools from github.com. Further arguments go to electron-builder (`npm run dist -- --linux deb`).
 *
 * Where the packages look for newer versions: the releases of the GitHub repository that GITHUB_REPOSITORY (`owner/name`, as in GitHub's
 * workflows) names, else the folder that DRAGOMAN_UPDATE_URL names (electron-updater's generic provider). With neither they do not look.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeExecutable } from '../test/node-executable.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** @returns {{ words: string, options: readonly string[] }} */
function feed() {
  const { GITHUB_REPOSITORY: repository, DRAGOMAN_UPDATE_URL: url } = process.env;
  const [owner, name] = repository?.split('/') ?? [];
  if (owner && name) {
    const options = ['provider=github', `owner=${owner}`, `repo=${name}`].map((option) => `-c.publish.${option}`);
    const homepage = `-c.extraMetadata.homepage=https://github.com/${owner}/${name}`;
    return { words: `the releases of github.com/${owner}/${name}`, options: [...options, homepage] };
  }
  // Packages of Linux must name a page.
  const homepage = `-c.extraMetadata.homepage=${url || 'https://dragoman.invalid/'}`;
  if (url) return { words: url, options: ['-c.publish.provider=generic', `-c.publish.url=${url}`, homepage] };
  return { words: 'nowhere: neither GITHUB_REPOSITORY nor DRAGOMAN_UPDATE_URL is set', options: [homepage] };
}

/** @param {string} program @param {readonly string[]} args @returns {boolean} */
const succeeds = (program, args) => spawnSync(program, args, { cwd: root, stdio: 'inherit' }).status === 0;

const { words, options } = feed();
console.log(`updates come from ${words}`);
// No chunk of an earlier build goes into a package.
rmSync(join(root, 'out'), { recursive: true, force: true });
if (!succeeds(process.execPath, [join(root, 'bin/dragoman.mjs'), '--version'])) process.exit(1);

const given = process.argv.slice(2);
// electron-builder marks deb and rpm by a file that must not get into the AppImage, and makes what it is asked for at the same time from one
// folder. The AppImage comes last, so that latest-linux.yml tells of it: it is the one that updates itself.
const onLinux = [
  ['--linux', 'deb', 'rpm'],
  ['--linux', 'AppImage'],
];
const runs = given.length > 0 ? [given] : process.platform === 'linux' ? onLinux : [[]];
const builder = join(root, 'node_modules/electron-builder/cli.js');
const made = runs.map((targets) => succeeds(nodeExecutable(), [builder, ...targets, '--publish', 'never', ...options]));
if (made.includes(false)) {
  console.error(
    'Not every installer could be made; the lines above say which and why. Where they name github.com, that is where electron-builder gets Electron and its tools, and it could not be reached.',
  );
  process.exitCode = 1;
}
