import { readdirSync, readFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agents } from '../../../src-main/agents/all-agents.ts';
import { agentIds } from '../../../src-shared/agents.ts';
import { root } from '../../tiers.mjs';
import { freshPlace, model, put, setup } from './places.ts';

const folder = join(root, 'test/fixtures/agent-configs');

/** What systems and editors make of one text; what each does alone is generated in owned-values.test.ts. */
const forms: readonly { readonly form: string; readonly of: (text: string) => string }[] = [
  { form: 'as written', of: (text) => text },
  {
    form: 'with CR LF, a byte order mark and no end of its last line',
    of: (text) => `\uFEFF${text.trimEnd().replaceAll('\n', '\r\n')}`,
  },
];
const files = agentIds.flatMap((id) =>
  readdirSync(join(folder, id)).map((name) => ({ id, name, written: readFileSync(join(folder, id, name), 'utf8') })),
);
const other = { ...setup, gateway: 'http://127.0.0.1:9', model: model('box/other', null), models: [], slots: {} };

/** What an agent or its user does to the file meanwhile, at its end or before its first line: to be found there afterwards. */
const since: Readonly<Record<'json' | 'toml', readonly ((text: string) => string)[]>> = {
  json: [(text) => text.replace(/\}(?=[^}]*$)/, (brace) => `${brace}\n\n`), (text) => text.replace('{', '\n{')],
  toml: [
    (text) => `${text}\n[projects."/home/me/later"]\ntrust_level = "trusted"\n`,
    (text) => text.replace(/^\uFEFF?/, (mark) => `${mark}# later\n`),
  ],
};

describe.each(files)('the $id configuration $name', ({ id, written }) => {
  const agent = agents[id];

  it.each(forms)('$form is set up, given another model and undone to the byte', async ({ of }) => {
    const text = of(written);
    const place = await freshPlace();
    const file = place.file(agent);
    await put(file, text);
    await place.setUp(agent);
    const read = agent.format().read(await readFile(file, 'utf8'));
    expect(read.ok && agent.state(read.value).model).toBe(setup.model.id);
    await place.setUp(agent, other);
    const changed = agent.format().read(await readFile(file, 'utf8'));
    expect(changed.ok && agent.state(changed.value)).toMatchObject({ model: 'box/other' });
    expect(await place.undo(agent)).toEqual([]);
    expect(await readFile(file, 'utf8')).toBe(text);
    expect((await stat(file)).isFile()).toBe(true);
  });

  it('keeps what is written to it meanwhile, to the byte', async () => {
    for (const change of since[id === 'codex' ? 'toml' : 'json']) {
      const place = await freshPlace();
      const file = place.file(agent);
      await put(file, written);
      await place.setUp(agent);
      await writeFile(file, change(await readFile(file, 'utf8')));
      expect(await place.undo(agent)).toEqual([]);
      expect(await readFile(file, 'utf8')).toBe(change(written));
    }
  });
});
