import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { settingsJsonSchema } from '../../../src-main/settings/published-schema.ts';

const published = new URL('../../../assets/settings.schema.json', import.meta.url);

describe('the published schema', () => {
  // After a change of the settings: UPDATE_SCHEMA=1 npx vitest run test/src-main/settings/published-schema.test.ts
  it('is that of the settings as they are', async () => {
    if (process.env.UPDATE_SCHEMA === '1') await writeFile(published, settingsJsonSchema());
    expect(await readFile(published, 'utf8')).toBe(settingsJsonSchema());
  });
});
