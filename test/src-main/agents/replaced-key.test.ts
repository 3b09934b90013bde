import { readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { agents } from '../../../src-main/agents/all-agents.ts';
import { applyChanges } from '../../../src-main/agents/apply-changes.ts';
import { driftOf, planReplacement } from '../../../src-main/agents/file-changes.ts';
import { looksLikeKey } from '../../../src-main/keys/mint.ts';
import { agentIds } from '../../../src-shared/agents.ts';
import { freshPlace, put, setup } from './places.ts';

const newKey = `dgm_${'n'.repeat(43)}`;
const own: Readonly<Record<string, string>> = {
  'claude-code': '{\n\t"env": {"MINE": "1"},\r\n\t"permissions": {}\n}',
  codex: '# mine\nmodel = "gpt-5" # keep\n\n[mcp_servers.x]\ncommand = "y"\n',
  opencode: '{\n  // mine\n  "theme": "x", /* and */ "model": "a/b",\n}\n',
  'qwen-code': '{\n    "env": { "DRAGOMAN_API_KEY": "theirs" } // mine\n}\n',
};

describe.each(agentIds)('another key in the files of %s', (id) => {
  it('is all that changes; what others have changed stays theirs, and undo is exact', async () => {
    const agent = agents[id];
    const { record, backups, ...place } = await freshPlace();
    const file = place.file(agent);
    await put(file, own[id] ?? '');
    await place.setUp(agent);
    const foreign = (await readFile(file, 'utf8')).replaceAll(setup.gateway, 'http://127.0.0.1:1');
    await writeFile(file, foreign);
    const entry = await record.find(id, 'user');
    if (entry?.setup == null) throw new Error('it is not set up');

    const plan = await planReplacement(entry.setup, agent.format, (value) => (looksLikeKey(value) ? newKey : value));
    expect(plan.map(({ to }) => to)).toEqual([foreign.replaceAll(setup.key, newKey)]);
    const drift = await driftOf(entry.setup, agent.format);
    const files = plan.flatMap(({ owned }) => (owned === null ? [] : [owned]));
    await applyChanges({ record, backups }, { ...entry, setup: { ...entry.setup, files } }, plan);
    expect(await driftOf({ ...entry.setup, files }, agent.format)).toEqual(drift);

    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('http://127.0.0.1:1', setup.gateway));
    await place.undo(agent);
    expect(await readFile(file, 'utf8')).toBe(own[id]);
  });

  it('is not put where someone else has put theirs, nor into a file that is gone', async () => {
    const agent = agents[id];
    const place = await freshPlace();
    const file = place.file(agent);
    await place.setUp(agent);
    const setUp = (await place.record.find(id, 'user'))?.setup;
    if (setUp == null) throw new Error('it is not set up');
    const replaced = () => planReplacement(setUp, agent.format, (value) => (looksLikeKey(value) ? newKey : value));
    const theirs = (await readFile(file, 'utf8')).replaceAll(setup.key, 'theirs');
    await writeFile(file, theirs);
    expect(await replaced()).toMatchObject([{ from: theirs, to: theirs }]);
    await rm(file);
    expect(await replaced()).toMatchObject([{ from: null, to: null }]);
  });
});
