import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectControl } from '../../src-main/control/client.ts';
import { checkTitles } from '../../src-shared/checkup.ts';
import { type CapableModel, startCapableModel } from '../fakes/capable-model.ts';
import { dragoman, type Listening, listeningLine, plainEnvironment, startDragoman } from '../programs/dragoman.ts';
import type { Program } from '../programs/program.ts';

let home: string;
let good: CapableModel;
let leaking: CapableModel;
let hanging: CapableModel;
let program: Program;
let line: Listening;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'dragoman-checkup-'));
  [good, leaking, hanging] = await Promise.all([
    startCapableModel(),
    startCapableModel('leaks-calls'),
    startCapableModel('hangs'),
  ]);
  const upstream = (id: string, url: string) =>
    `{ "id": "${id}", "kind": "openai-compatible", "baseUrl": "${url}/v1" }`;
  const settings = `{
  // mine
  "detection": { "enabled": false },
  "upstreams": [${upstream('good', good.url)}, ${upstream('leaking', leaking.url)},
    ${upstream('hanging', hanging.url)}],
  "models": [{ "id": "coder", "upstream": "leaking", "model": "m" }]
}`;
  await writeFile(join(home, 'settings.json'), settings);
  // A key of its own: the check-up needs none.
  program = startDragoman(['--port', '0', '--home', home, '--key', 'k'], plainEnvironment());
  line = await listeningLine(program);
}, 120_000);
afterAll(async () => {
  await program.stop();
  await Promise.all([good.close(), leaking.close(), hanging.close()]);
  await rm(home, { recursive: true, force: true });
});

const check = (...args: string[]) => dragoman(['check', ...args, '--home', home]);
const control = async () =>
  connectControl(line.gateway, JSON.parse(await readFile(join(home, 'run.json'), 'utf8')).token);
const settingsText = () => readFile(join(home, 'settings.json'), 'utf8');

describe('dragoman check', () => {
  it('prints every line as JSON, and tells of each on standard error meanwhile', async () => {
    const { code, stdout, stderr } = await check('good/m', '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ model: 'good/m', flags: { vision: true } });
    expect(report.lines.map(({ id }: { id: string }) => id)).toEqual(Object.keys(checkTitles));
    expect(report.lines[2]).toMatchObject({
      id: 'tool-call',
      title: 'Calls a tool',
      result: 'pass',
      ms: expect.any(Number),
      evidence: expect.stringContaining('get_weather'),
      remedy: null,
    });
    expect(stderr).toContain('pass     Calls a tool: It called get_weather {"city":"Paris"}.');
  });

  it('changes nothing by itself; with --apply the flags are in the settings and in force', async () => {
    const before = await settingsText();
    const first = await check('coder');
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('FAIL     Calls a tool: It wrote its call into the text');
    expect(first.stdout).toContain('"leakedToolCalls":true');
    expect(await settingsText()).toBe(before);

    await check('coder', '--apply');
    const after = await settingsText();
    expect(after).toContain('// mine');
    expect(JSON.parse(after.replace('// mine', '')).upstreams[1].models).toEqual({
      m: { flags: { leakedToolCalls: true, vision: true } },
    });
    await expect
      .poll(async () => JSON.parse((await check('coder', '--json')).stdout).lines[2].result, { timeout: 20_000 })
      .toBe('pass');
  }, 60_000);

  it('is refused in words for an unknown model, a paused gateway, and where no service runs', async () => {
    const unknown = await check('good/other');
    expect(unknown).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('is not known here') });

    const running = await control();
    await running.gateway.pause();
    expect(await check('good/m')).toMatchObject({ code: 1, stderr: expect.stringContaining('paused') });
    await running.gateway.resume();

    const elsewhere = await mkdtemp(join(tmpdir(), 'dragoman-no-service-'));
    const alone = await dragoman(['check', 'good/m', '--home', elsewhere]);
    expect(alone).toMatchObject({ code: 1, stderr: expect.stringContaining('no service runs') });
    await rm(elsewhere, { recursive: true, force: true });
    expect((await check()).code).toBe(2);
  });

  it('ends when whoever asked for it leaves, and what was asked with it', async () => {
    const running = await control();
    const leave = new AbortController();
    const progress = await running.models.check({ model: 'hanging/m' }, { signal: leave.signal });
    expect((await progress.next()).value).toMatchObject({ kind: 'begun', id: 'text' });
    await expect.poll(() => hanging.requests.length).toBe(1);
    leave.abort();
    await expect.poll(() => hanging.left()).toBe(1);
    await expect.poll(async () => (await running.gateway.state()).running).toBe(0);
    expect(hanging.requests).toHaveLength(1);
  });

  it('is remembered as long as the service runs, by the model’s own name', async () => {
    const running = await control();
    expect(await running.models.lastCheckup({ model: 'hanging/m' })).toBeNull();
    const last = await running.models.lastCheckup({ model: 'coder' });
    expect(last?.report.lines).toHaveLength(Object.keys(checkTitles).length);
    expect(await running.models.checkups()).toContainEqual({
      model: 'leaking/m',
      at: last?.at,
      results: expect.objectContaining({ pass: expect.any(Number), fail: expect.any(Number) }),
    });
  });

  it('stands in the activity log as what it is', async () => {
    const { rows } = await (await control()).activity.snapshot({ limit: 5 });
    expect(rows[0]).toMatchObject({ agent: 'Check-up' });
  });
});
