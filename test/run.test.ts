import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesOf, root, tiers } from './tiers.mjs';

/** Runs test/run.mjs without the variables that say which parts are there. */
function run(options: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { PATH, HOME } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'test/run.mjs'), ...options], {
    env: { ...(PATH === undefined ? {} : { PATH }), ...(HOME === undefined ? {} : { HOME }), ...env },
    encoding: 'utf8',
  });
  return { status, lines: stdout.trim().split('\n'), stderr };
}

describe('the runner of the tests', () => {
  it('fails over a named tier whose parts are missing, and says what and how to get it', () => {
    const { status, lines } = run(['llama-server']);
    expect(status).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^missing: llama-server: DRAGOMAN_LLAMA_SERVER is not set: /),
      '0 passed, 1 failed, 0 skipped',
    ]);
  });

  it('takes a variable that names nothing for a missing part', () => {
    const { status, lines } = run(['llama-server'], { DRAGOMAN_LLAMA_SERVER: join(root, 'no-such-program') });
    expect(status).toBe(1);
    expect(lines[0]).toMatch(/^missing: llama-server: DRAGOMAN_LLAMA_SERVER names no file/);
  });

  it('refuses a tier that there is not, and names those that there are', () => {
    const { status, stderr } = run(['unti']);
    expect(status).toBe(2);
    expect(stderr).toContain('no such tier: unti');
    expect(stderr).toContain('llama-server');
  });
});

describe('every test file', () => {
  it('belongs to exactly one tier', () => {
    const files = tiers.flatMap(({ name }) => filesOf(name));
    expect(files).toContain('test/run.test.ts');
    expect(new Set(files).size).toBe(files.length);
  });
});
