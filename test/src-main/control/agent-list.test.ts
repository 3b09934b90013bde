import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSetupRecord } from '../../../src-main/agents/setup-record.ts';
import { listAgents } from '../../../src-main/control/agent-list.ts';
import { settingsSchema } from '../../../src-shared/settings.ts';
import { freshFolder } from '../agents/places.ts';

/** What is told of Claude Code and Codex that are too old, where they are installed in this version. */
async function tooOld(version: string | null): Promise<readonly (string | null | undefined)[]> {
  const root = await freshFolder();
  const parts = {
    record: openSetupRecord(join(root, 'home')),
    surroundings: { platform: 'linux', environment: {}, userDirectory: root },
    installed: { find: () => Promise.resolve({ executable: '/bin/agent', version }) },
    loginVariables: { value: () => Promise.resolve(null) },
    agentKeys: { isKeyOf: () => false },
    places: { homes: () => Promise.resolve(() => []) },
    settings: () => settingsSchema.parse({}),
  } as const;
  const entries = await listAgents(parts, { gateway: null, folders: [], startsAtLogin: null }, false);
  return ['claude-code', 'codex'].map((id) => entries.find((entry) => entry.id === id)?.tooOld);
}

it('an agent that is too old for a part of its set-up is told with each part, and since when it works', async () => {
  expect(await tooOld('999.0.0')).toEqual([null, null]);
  expect(await tooOld(null)).toEqual([null, null]);
  expect(await tooOld('2.1.100')).toEqual(['Before 2.1.129 the models of the gateway do not show in /model.', null]);
  const [claude, codex] = await tooOld('0.133.0');
  expect(claude).toMatch(/Before 2\.1\.129 .*\. Before 2\.1\.50 .*\. Before 1\.0\.61 /);
  expect(codex).toMatch(/Before 0\.169\.0 .*\. Before 0\.134\.0 /);
});
