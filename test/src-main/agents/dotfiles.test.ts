import { readdirSync, readFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agents } from '../../../src-main/agents/all-agents.ts';
import { agentIds } from '../../../src-shared/agents.ts';
import { root } from '../../tiers.mjs';
import { freshPlace, model, put, setup } from './places.ts';

const folder = join(root, 'test/fixtures/agent-configs');

/** What systems and editors make of one text. */
const forms: readonly { readonly form: string; readonly of: (text: string) => string }[] = [
  { form: 'as written', of: (text) => text },
  { form: 'with CR LF', of: (text) => text.replaceAll('\n', '\r\n') },
  { form: 'with a byte order mark', of: (text) => `\uFEFF${text}` },
  { form: 'without an end of its last line', of: (text) => text.trimEnd() },
];
const files = agentIds.flatMap((id) =>
  readdirSync(join(folder, id)).flatMap((name) =>
    forms.map(({ form, of }) => ({ id, name, form, text: of(readFileSync(join(folder, id, name), 'utf8')) })),
  ),
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

describe.each(files)('the $id configuration $name $form', ({ id, text }) => {
  const agent = agents[id];

  it('is set up, given another model and undone to the byte', async () => {
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
      await put(file, text);
      await place.setUp(agent);
      await writeFile(file, change(await readFile(file, 'utf8')));
      expect(await place.undo(agent)).toEqual([]);
      expect(await readFile(file, 'utf8')).toBe(change(text));
    }
  });
});
