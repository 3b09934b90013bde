import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { assert, output, start, until } from './packed-app.mjs';

/** The packed app updates itself, from a feed on this machine. */

/** @typedef {Awaited<ReturnType<typeof startFeed>>} Feed */

/** A feed with a newer version, whose AppImage is a script that tells how it was started. */
export async function startFeed() {
  let damaged = false;
  const image =
    '#!/bin/sh\n[ -n "$APPIMAGE_EXIT_AFTER_INSTALL" ] && why=" to install"\necho "started$why" >> "$UPDATE_WITNESS"\n';
  const sha512 = createHash('sha512').update(image).digest('base64');
  const server = createServer(({ url = '' }, response) => {
    if (url.startsWith('/Dragoman-99.0.0.AppImage')) return void response.end(damaged ? `${image}#` : image);
    if (!url.startsWith('/latest-linux.yml')) return void response.writeHead(404).end();
    const file = `{ url: Dragoman-99.0.0.AppImage, sha512: ${sha512}, size: ${image.length} }`;
    response.end(`version: 99.0.0\nfiles: [${file}]\nreleaseDate: '2026-01-01T00:00:00.000Z'\n`);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(null)));
  const address = server.address();
  assert(address !== null && typeof address === 'object', 'the feed has no port');
  return {
    image,
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    /** @param {boolean} now */
    damage: (now) => {
      damaged = now;
    },
    close: () => server.close(),
  };
}

/** @param {string} home */
function asAppImage(home) {
  const file = join(home, 'Dragoman.AppImage');
  const witness = join(home, 'witness');
  rmSync(witness, { force: true });
  rmSync(join(home, 'cache'), { recursive: true, force: true });
  writeFileSync(file, 'the version that runs', { mode: 0o755 });
  return { file, witness, env: { APPIMAGE: file, UPDATE_WITNESS: witness } };
}

/** @param {Awaited<ReturnType<typeof start>>} app @param {string} kind */
async function stateIs(app, kind) {
  let state = await app.ask('updates/state');
  await until(`updates are ${kind}`, async () => {
    state = await app.ask('updates/state');
    return state.kind === kind;
  });
  return state;
}

/** @param {string} home @param {Feed} feed */
export async function installsOnQuit(home, feed) {
  const { file, witness, env } = asAppImage(home);
  const app = await start(home, env);
  assert((await stateIs(app, 'ready')).version === '99.0.0', 'another version is ready');
  assert(readFileSync(file, 'utf8') === 'the version that runs', 'the running version was replaced too early');
  await app.end();
  assert(readFileSync(file, 'utf8') === feed.image, 'the new version was not installed on quit');
  assert(readFileSync(witness, 'utf8') === 'started to install\n', 'quitting started the app again');
}

/** @param {string} home @param {Feed} feed */
export async function restarts(home, feed) {
  const { file, witness, env } = asAppImage(home);
  const app = await start(home, env);
  await stateIs(app, 'ready');
  await app.ask('updates/restart');
  await app.ended;
  assert(readFileSync(file, 'utf8') === feed.image, 'the new version was not installed');
  await until('the new version is started', () => existsSync(witness));
  assert(readFileSync(witness, 'utf8') === 'started\n', 'the new version was not started to run');
  assert(!existsSync(join(home, 'run.json')), 'run.json is still there after the restart');
}

/** @param {string} home @param {Feed} feed */
export async function refusesDamaged(home, feed) {
  const { file, env } = asAppImage(home);
  feed.damage(true);
  const app = await start(home, env);
  const state = await stateIs(app, 'elsewhere');
  assert(/sha512/.test(state.why) && state.page === feed.url, `what is told: ${JSON.stringify(state)}`);
  await app.end();
  feed.damage(false);
  assert(readFileSync(file, 'utf8') === 'the version that runs', 'a damaged version was installed');
}

/** A package of the system: electron-builder marks it by a file. @param {string} home @param {Feed} feed */
export async function onlyTells(home, feed) {
  const mark = join(output, 'linux-unpacked', 'resources', 'package-type');
  writeFileSync(mark, 'deb');
  try {
    const app = await start(home);
    const { version, page } = await stateIs(app, 'elsewhere');
    await app.end();
    assert(version === '99.0.0' && page === feed.url, `it tells of ${version} at ${page}`);
  } finally {
    rmSync(mark);
  }
}
