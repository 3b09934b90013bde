// Finds the Electron that can show Dragoman's window on this machine, or says why there is none.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** How long the first start may take to download Electron's runtime; milliseconds. */
const downloadLimitMs = 600_000;

/** Whether a window or a browser could be seen from here. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/**
 * @param {string} root the checkout
 * @param {string} node a Node new enough for Electron's package
 * @param {readonly string[]} args what the app is to be given
 * @returns {{ executable: string } | { why: string }}
 */
export function findElectron(root, node, args) {
  if (!hasDisplay()) return { why: 'there is no display' };
  if (process.platform === 'linux' && process.getuid?.() === 0 && !args.includes('--no-sandbox'))
    return { why: 'Electron has no sandbox as root (--no-sandbox starts it all the same)' };
  if (!existsSync(join(root, 'node_modules', 'electron', 'index.js'))) return { why: 'Electron is not installed' };
  // The package's main module is the path of the executable; where that is missing, it downloads it first.
  const found = spawnSync(node, ['-e', 'process.stdout.write("\\n" + require("electron"))'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: downloadLimitMs,
  });
  const executable = found.status === 0 ? (found.stdout.split('\n').at(-1) ?? '') : '';
  return existsSync(executable) ? { executable } : { why: 'Electron’s runtime could not be had' };
}
