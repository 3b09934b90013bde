import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nodeExecutable } from '../node-executable.mjs';
import { dragoman, dragomanProgram, listeningLine, plainEnvironment } from '../programs/dragoman.ts';
import { type Program, startProgram } from '../programs/program.ts';

let home: string;
const programs: Program[] = [];

beforeAll(async () => {
  expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
}, 120_000);
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dragoman-start-'));
  await writeFile(join(home, 'settings.json'), '{ "detection": { "enabled": false } }');
});
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.stop()));
  await rm(home, { recursive: true, force: true });
});

/** What `npm start` runs, with `surroundings` for its display and Electron. */
function start(surroundings: NodeJS.ProcessEnv, ...args: string[]): Program {
  const { DISPLAY: _, WAYLAND_DISPLAY: __, ...env } = plainEnvironment();
  const program = startProgram(
    nodeExecutable(),
    [dragomanProgram, 'desktop', '--home', home, '--port', '0', '--json', ...args],
    { ...env, ...surroundings },
  );
  programs.push(program);
  return program;
}

describe.runIf(process.platform === 'linux')('starting the app', () => {
  it('without a display serves, says so in one line, and tells where the window is', async () => {
    const program = start({});
    const { gateway, ui } = await listeningLine(program);
    expect((await fetch(`${gateway}/health`)).status).toBe(200);
    expect(ui).toContain('/ui/#token=');
    expect(program.errors().split('\n')[0]).toBe(
      'dragoman: no window of its own: there is no display. It is at the address below.',
    );
  });

  it('without an Electron serves and opens the browser', async () => {
    // A browser that can't be found is only complained of.
    const program = start(
      { DISPLAY: ':99', ELECTRON_OVERRIDE_DIST_PATH: join(home, 'nothing'), PATH: home },
      '--no-sandbox',
    );
    const { gateway } = await listeningLine(program);
    expect((await fetch(`${gateway}/health`)).status).toBe(200);
    expect(program.errors()).toContain('runtime could not be had. It is in the browser.');
    await expect.poll(() => program.errors()).toContain('no browser could be opened');
  });
});
