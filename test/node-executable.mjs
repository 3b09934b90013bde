import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tiers.mjs';

/**
 * The Node that tools and tests run under: the one that `npm ci` installed, since vitest and our libraries need a newer Node than many machines have.
 * Throws in words for people where there is none and the running one is too old.
 */
export function nodeExecutable() {
  const installed = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(installed)) return installed;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 19)) return process.execPath;
  throw new Error(`Node ${process.versions.node} is too old and node_modules holds no newer one: run npm ci`);
}
