import { expect, test } from 'vitest';
import { claudeCode } from '../../../src-main/agents/claude-code.ts';
import { createInstalledAgents } from '../../../src-main/agents/installed-agents.ts';

const surroundings = { platform: 'linux', environment: {}, userDirectory: '/home/me' } as const;

test('what is installed is remembered for some minutes, unless it is to be looked up now', async () => {
  let now = 0;
  let looks = 0;
  const agents = createInstalledAgents(
    surroundings,
    () => now,
    () => {
      looks += 1;
      return Promise.resolve({ executable: '/bin/claude', version: `1.0.${looks}` });
    },
  );
  const version = async (refresh: boolean) => (await agents.find(claudeCode, refresh))?.version;
  expect(await version(false)).toBe('1.0.1');
  now = 60_000;
  expect(await version(false)).toBe('1.0.1');
  expect(await version(true)).toBe('1.0.2');
  expect(await version(false)).toBe('1.0.2');
  now = 60_000 + 300_000;
  expect(await version(false)).toBe('1.0.3');
});

test('a look that failed is not remembered', async () => {
  let looks = 0;
  const agents = createInstalledAgents(
    surroundings,
    () => 0,
    () => {
      looks += 1;
      return looks === 1 ? Promise.reject(new Error('EMFILE')) : Promise.resolve(null);
    },
  );
  await expect(agents.find(claudeCode, false)).rejects.toThrow('EMFILE');
  expect(await agents.find(claudeCode, false)).toBeNull();
});
