import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCode } from '../../../src-main/agents/claude-code.ts';
import { codex } from '../../../src-main/agents/codex.ts';
import type { CodingAgent } from '../../../src-main/agents/coding-agent.ts';
import { nodeExecutable } from '../../node-executable.mjs';
import { root } from '../../tiers.mjs';
import { placeAt, setup } from './place.ts';
import { freshFolder, put } from './places.ts';

const program = [nodeExecutable(), join(root, 'test/programs/set-up-agent.ts')] as const;

interface Ended {
  readonly said: string;
  readonly signal: string | null;
}

/** Sets up or undoes in a process of its own. */
function act(what: 'setup' | 'undo', agent: CodingAgent, folder: string, ...more: readonly string[]): Promise<Ended> {
  const [node, file] = program;
  return new Promise((resolve, reject) => {
    execFile(node, [file, what, agent.id, folder, ...more], (error, stdout) => {
      if (error === null || error.signal === 'SIGKILL') resolve({ said: stdout.trim(), signal: error?.signal ?? null });
      else reject(error);
    });
  });
}

const texts = [
  [claudeCode, '{\n  "env": { "MINE": "1" }\n}\n'],
  [codex, '# mine\nmodel = "gpt-5"\n'],
] as const;

/** Each step of an act, in a process that is killed there, until one comes to its end; `check` is given the folder that it left. */
async function killedAtEach(
  what: 'setup' | 'undo',
  agent: CodingAgent,
  prepared: (folder: string) => Promise<void>,
  check: (folder: string) => Promise<void>,
): Promise<number> {
  for (let call = 1; ; call += 1) {
    const folder = await freshFolder();
    await prepared(folder);
    const { signal, said } = await act(what, agent, folder, '--kill-at', String(call));
    await check(folder);
    if (signal !== null) continue;
    expect(said).toBe('done');
    return call;
  }
}

describe('an agent', () => {
  it('is set up whole or not at all, wherever the process is killed, and undone to the byte', {
    timeout: 180_000,
  }, async () => {
    const [agent, text] = texts[0];
    const steps = await killedAtEach(
      'setup',
      agent,
      (folder) => put(placeAt(folder).file(agent), text),
      async (folder) => {
        const place = placeAt(folder);
        const file = place.file(agent);
        const after = await readFile(file, 'utf8');
        if (after !== text) expect(agent.format().read(after)).toMatchObject({ ok: true });
        if (after !== text) expect(after).toContain(setup.gateway);
        // Whoever comes next finds out what stands there; nothing of the dead one is left beside the file.
        await place.record.alone(() => place.setUp(agent));
        expect(await readdir(dirname(file))).toHaveLength(1);
        await place.undo(agent);
        expect(await readFile(file, 'utf8')).toBe(text);
      },
    );
    expect(steps).toBeGreaterThan(8);
  });

  it('is undone whole or not at all, wherever the process is killed', { timeout: 180_000 }, async () => {
    const [agent, text] = texts[1];
    let written = '';
    await killedAtEach(
      'undo',
      agent,
      async (folder) => {
        await put(placeAt(folder).file(agent), text);
        await placeAt(folder).setUp(agent);
        written = await readFile(placeAt(folder).file(agent), 'utf8');
      },
      async (folder) => {
        const place = placeAt(folder);
        expect([written, text]).toContain(await readFile(place.file(agent), 'utf8'));
        await place.record.alone(() => place.undo(agent));
        expect(await readFile(place.file(agent), 'utf8')).toBe(text);
      },
    );
  });
});

describe('two set-ups at once', () => {
  it('come one after the other; the file is undone to the byte', { timeout: 60_000 }, async () => {
    const folder = await freshFolder();
    const place = placeAt(folder);
    await put(place.file(claudeCode), texts[0][1]);
    await put(place.file(codex), texts[1][1]);
    const ended = await Promise.all([
      ...[1, 2, 3].map(() => act('setup', claudeCode, folder)),
      act('setup', codex, folder),
    ]);
    expect(ended.map(({ said }) => said)).toEqual(ended.map(() => 'done'));
    for (const [agent, text] of texts) {
      await act('undo', agent, folder);
      expect(await readFile(place.file(agent), 'utf8')).toBe(text);
    }
  });
});

/** Only the superuser can be somebody else; elsewhere the same is proved on a file system that refuses (apply-changes.test.ts). */
if (process.getuid?.() === 0) {
  it('a file of somebody else’s is refused in words, and stays as it is', { timeout: 60_000 }, async () => {
    const folder = await freshFolder();
    const file = placeAt(folder).file(claudeCode);
    await put(file, texts[0][1]);
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'home'));
    await chmod(join(folder, 'home'), 0o777);
    await chmod(file, 0o644);
    expect((await act('setup', claudeCode, folder, '--user', '65534')).said).toContain('rights of this user');
    await chmod(file, 0o600);
    expect((await act('setup', claudeCode, folder, '--user', '65534')).said).toContain('rights of this user');
    expect(await readFile(file, 'utf8')).toBe(texts[0][1]);
    expect(await readdir(dirname(file))).toEqual(['settings.json']);
  });
}

/** Runs a command where `folder` is a file system of its own in memory, of 64 KiB. */
function onSmallDisk(folder: string, command: string): { readonly status: number | null; readonly stdout: string } {
  const script = `mount -t tmpfs -o size=64k tmpfs '${folder}' && ${command}`;
  return spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-c', script], { encoding: 'utf8' });
}

const mayMount = process.platform === 'linux' && onSmallDisk(tmpdir(), 'true').status === 0;

/** Where no file system may be mounted, the same is proved on one that says it is full (apply-changes.test.ts). */
describe.skipIf(!mayMount)('a full disk (needs the right to mount one)', () => {
  /** Which of the two folders stands on it. */
  it.each(['user', 'home'] as const)(
    'under the folder %s leaves the file as it was, and nothing beside it',
    {
      timeout: 60_000,
    },
    async (small) => {
      const folder = await freshFolder();
      const elsewhere = await freshFolder();
      const file = placeAt(folder).file(claudeCode);
      const roomy = small === 'user' ? 'home' : 'user';
      const [node, path] = program;
      await writeFile(join(elsewhere, 'settings.json'), texts[0][1]);
      await mkdir(join(elsewhere, roomy));
      const { status, stdout } = onSmallDisk(
        folder,
        `ln -s '${join(elsewhere, roomy)}' '${join(folder, roomy)}' && mkdir '${join(folder, small)}' &&
       mkdir -p '${dirname(file)}' && cp '${join(elsewhere, 'settings.json')}' '${file}' &&
       { cat /dev/zero > '${folder}/filler' 2>/dev/null; '${node}' '${path}' setup claude-code '${folder}'; ls -A '${dirname(file)}'; cat '${file}'; }`,
      );
      expect(status).toBe(0);
      expect(stdout).toBe(`the disk is full\nsettings.json\n${texts[0][1]}`);
    },
  );
});
