import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCode } from '../../../src-main/agents/claude-code.ts';
import { codex } from '../../../src-main/agents/codex.ts';
import { createSetupPlaces } from '../../../src-main/control/setup-places.ts';
import { freshFolder } from '../agents/places.ts';

async function places() {
  const root = await freshFolder();
  const surroundings = { platform: 'linux', environment: {}, userDirectory: join(root, 'user') } as const;
  const { placeOf, homes } = createSetupPlaces({ surroundings, wslHomes: null, gatewayHost: () => '127.0.0.1' });
  return { root, placeOf, homes };
}

describe('a place of a set-up', () => {
  it('in a repository is told with what would get into commits', async () => {
    const { root, placeOf } = await places();
    const folder = join(root, 'project', 'packages', 'one');
    await mkdir(folder, { recursive: true });
    const scope = `/${folder.slice(1)}` as const;
    expect((await placeOf(claudeCode, scope)).warnings).toEqual([]);
    await mkdir(join(root, 'project', '.git'));
    expect((await placeOf(claudeCode, scope)).warnings).toEqual([
      expect.stringContaining(`${folder}/.claude/settings.local.json stands in a Git repository`),
    ]);
    expect((await placeOf(claudeCode, 'user')).warnings).toEqual([]);
  });

  it('that the agent does not have, that is not there, or that is in no WSL here is refused in words', async () => {
    const { root, placeOf } = await places();
    await expect(placeOf(codex, `/${root.slice(1)}`)).rejects.toThrow('Codex has no settings for one folder');
    await expect(placeOf(claudeCode, 'profile')).rejects.toThrow('Claude Code has no profiles');
    await expect(placeOf(claudeCode, '/nowhere/at/all')).rejects.toThrow('there is no folder /nowhere/at/all');
    await expect(placeOf(claudeCode, 'wsl:Ubuntu')).rejects.toThrow('no distribution of WSL runs here');
  });

  it('is no further home where there is no WSL', async () => {
    expect((await (await places()).homes(true))('codex')).toEqual([]);
  });
});
