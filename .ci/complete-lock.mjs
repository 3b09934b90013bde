#!/usr/bin/env node
/**
 * Adds to package-lock.json the optional platform packages that the registry at hand lacks: npm leaves them out of the lock without a word, and
 * `npm ci` then refuses the lock everywhere ("Missing … from lock file"). To be run after any npm command that rewrites the lock on such a
 * registry; elsewhere it changes nothing. What it adds has no integrity, since there is nothing here to compute it from.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const { '': project, ...packages } = lock.packages;
const systems = new Set(['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']);
const processors = new Set(['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']);

/** Whether node finds `name` from the package at `path`. */
function isLocked(path, name) {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`] !== undefined) return true;
    if (at === '') return false;
  }
}

let added = 0;
for (const [path, { optionalDependencies, dev, license, engines }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    const words = name.split('/').at(-1).split('-');
    const system = words.find((word) => systems.has(word));
    const processor = words.find((word) => processors.has(word));
    if (processor === undefined || !/^\d+\.\d+\.\d+$/.test(version)) {
      console.error(`not added, since its name tells no platform: ${name}@${version}`);
      continue;
    }
    const libc = name.includes('musl') ? 'musl' : name.includes('gnu') ? 'glibc' : null;
    packages[`node_modules/${name}`] = {
      version,
      cpu: [processor],
      ...(dev ? { dev } : {}),
      ...(system === 'linux' && libc !== null ? { libc: [libc] } : {}),
      ...(license ? { license } : {}),
      optional: true,
      ...(system ? { os: [system] } : {}),
      ...(engines ? { engines } : {}),
    };
    added += 1;
  }
}
const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
lock.packages = { '': project, ...Object.fromEntries(sorted) };
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} packages added to ${file}`);
