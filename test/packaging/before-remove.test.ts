import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../tiers.mjs';

const setUp = '{ "version": 1, "setups": [{ "agent": "codex", "scope": "user" }] }';
const nothing = '{ "version": 1, "setups": [] }';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'dragoman-package-'));
  mkdirSync(join(place, 'bin'));
  mkdirSync(join(place, 'home/.config/Dragoman'), { recursive: true });
  const installed = readFileSync(join(root, 'packaging/before-remove.sh'), 'utf8');
  program('script', installed.replaceAll('/opt/Dragoman/dragoman', join(place, 'bin/dragoman')));
  program('dragoman', `#!/bin/sh\necho "$@" >> ${join(place, 'ran')}\n`);
  program('getent', `#!/bin/sh\necho "me:x:1000:1000::${join(place, 'home')}:/bin/sh"\n`);
  // As the user that it names, in a test: as whoever runs it.
  program('su', `#!/bin/sh\necho "$2" > ${join(place, 'user')}\nexec sh -c "$6"\n`);
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function program(name: string, text: string): void {
  writeFileSync(join(place, 'bin', name), text);
  chmodSync(join(place, 'bin', name), 0o755);
}

/** Runs the script as dpkg or rpm do, at a terminal at which somebody answers, or without one. */
function remove(argument: string, { answer, record = setUp }: { readonly answer?: string; readonly record?: string }) {
  writeFileSync(join(place, 'home/.config/Dragoman/agents.json'), record);
  const script = join(place, 'bin/script');
  const env = { PATH: `${join(place, 'bin')}${delimiter}/usr/bin${delimiter}/bin`, SUDO_USER: 'me', TERM: 'dumb' };
  const run = ['/usr/bin/script', ['-qec', `${script} ${argument}`, '/dev/null']] as const;
  const { status, stdout, stderr } =
    answer === undefined
      ? spawnSync(script, [argument], { env, encoding: 'utf8', input: 'y\n' })
      : spawnSync(run[0], run[1], { env, encoding: 'utf8', input: `${answer}\n` });
  const ran = existsSync(join(place, 'ran')) ? readFileSync(join(place, 'ran'), 'utf8') : '';
  return { status, said: stdout + stderr, ran };
}

describe.runIf(process.platform === 'linux')('before the package of the system is removed', () => {
  it.each(['remove', '0'])('(%s) agents are given back where whoever is asked says yes', (argument) => {
    const { status, said, ran } = remove(argument, { answer: 'y' });
    expect([status, ran]).toEqual([0, 'undo --all\n']);
    expect(said).toContain('Coding agents of me are set up to use Dragoman');
    expect(readFileSync(join(place, 'user'), 'utf8')).toBe('me\n');
  });

  it.each(['', 'n', 'what?'])('no file is changed where the answer is "%s"', (answer) => {
    const { status, said, ran } = remove('remove', { answer });
    expect([status, ran]).toEqual([0, '']);
    expect(said).toContain('.config/Dragoman/backups');
  });

  it('nobody is asked where there is no terminal; it is told what to do', () => {
    const { status, said, ran } = remove('remove', {});
    expect([status, ran]).toEqual([0, '']);
    expect(said).not.toContain('[y/N]');
    expect(said).toContain('dragoman undo --all');
  });

  it.each(['upgrade', '1', 'deconfigure', 'failed-upgrade'])('(%s) an upgrade asks and changes nothing', (argument) => {
    expect(remove(argument, {})).toEqual({ status: 0, said: '', ran: '' });
  });

  it('nothing is asked where no agent is set up', () => {
    expect(remove('remove', { record: nothing })).toEqual({ status: 0, said: '', ran: '' });
  });

  it('what fails is told, and the package goes all the same', () => {
    program('dragoman', '#!/bin/sh\nexit 1\n');
    const { status, said } = remove('remove', { answer: 'y' });
    expect(status).toBe(0);
    expect(said).toContain('Not every agent was given back.');
  });
});
