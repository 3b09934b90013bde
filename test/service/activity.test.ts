import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ControlClient, connectControl } from '../../src-main/control/client.ts';
import { mintKey } from '../../src-main/keys/mint.ts';
import type { ActivityBatch, ActivityDetail } from '../../src-shared/activity.ts';
import { type FakeUpstream, startFakeUpstream } from '../fakes/upstream.ts';
import { type Listening, listeningLine, plainEnvironment, startDragoman } from '../programs/dragoman.ts';
import type { Program } from '../programs/program.ts';

const secret = 'planted-"upstream"-secret-0815';
const key = `dgm_${'q'.repeat(43)}`;
let home: string;
let upstream: FakeUpstream;
let program: Program;
let line: Listening;
let control: ControlClient;

async function start(activity: Record<string, string>, more: object = {}): Promise<void> {
  const settings = {
    ...more,
    detection: { enabled: false },
    upstreams: [
      {
        id: 'box',
        kind: 'openai-compatible',
        baseUrl: `${upstream.url}/v1`,
        header: 'x-box-token',
        secret: { from: 'env', name: 'BOX_SECRET' },
        models: { m: {} },
      },
    ],
    activity,
  };
  await writeFile(join(home, 'settings.json'), JSON.stringify(settings));
  program = startDragoman(['--port', '0', '--home', home], plainEnvironment({ BOX_SECRET: secret, DRAGOMAN_KEY: key }));
  line = await listeningLine(program);
  control = connectControl(line.gateway, new URL(line.ui ?? '').hash.slice('#token='.length));
}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'dragoman-activity-'));
  upstream = await startFakeUpstream({});
});
afterEach(async () => {
  await program.stop();
  await upstream.close();
  await rm(home, { recursive: true, force: true });
});

async function ask(scenario: string, headers: Record<string, string> = {}, query = ''): Promise<string> {
  const response = await fetch(`${line.gateway}/v1/messages${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
    body: JSON.stringify({
      model: 'box/m',
      max_tokens: 1000,
      stream: true,
      messages: [{ role: 'user', content: `${key} and ${secret} [[${scenario}]]` }],
    }),
  });
  return response.text();
}

describe('the activity log over the control interface', () => {
  it('tells a request as it runs, and neither local key nor upstream secret anywhere', async () => {
    await start({});
    await control.activity.setStreamingLog({ on: true });
    const batches: ActivityBatch[] = [];
    const asked: Promise<string>[] = [];
    for await (const batch of await control.activity.subscribe()) {
      if (batches.push(batch) === 1) asked.push(ask('pause ms=400'));
      if (batch.rows.some(({ state }) => state === 'done')) break;
    }
    expect(await asked[0]).toContain('message_stop');
    expect(batches.flatMap(({ content }) => content.map(({ text }) => text)).join('')).toBe('before after');
    const { rows, total } = await control.activity.snapshot({ limit: 10 });
    expect([total, rows[0]]).toEqual([1, expect.objectContaining({ state: 'done', modelId: 'box/m' })]);
    const detail = await control.activity.request({ id: rows[0]?.id ?? '' });
    expect(detail.wire.map(({ border }) => border)).toHaveLength(4);
    expect(detail.wire[1]?.headers['x-box-token']).toBe('•••');
    const everything = JSON.stringify([batches, rows, detail]);
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), key]) expect(everything).not.toContain(form);
    await expect(control.activity.request({ id: 'req_none' })).rejects.toThrow('does not hold');
  });

  it('keeps no bodies where the settings forbid it, and says so', async () => {
    await start({ captureBodies: 'off' });
    await expect(control.activity.setStreamingLog({ on: true })).rejects.toThrow('captureBodies');
    await ask('hello');
    const { rows, overview } = await control.activity.snapshot({ limit: 1 });
    expect(overview).toMatchObject({ streamingLog: false, streamingLogAllowed: false });
    expect((await control.activity.request({ id: rows[0]?.id ?? '' })).wire).toEqual([]);
  });

  it('does not hold up the end of the service', async () => {
    await start({});
    const iterator = await control.activity.subscribe();
    await iterator.next();
    const startedAt = performance.now();
    await program.stop();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    await iterator.next().catch(() => undefined);
  });
});

describe('a replay over the control interface', () => {
  const chats = () =>
    upstream
      .requests()
      .filter(({ path }) => path.endsWith('/chat/completions'))
      .map(({ body }) => body);
  const newest = async () => (await control.activity.snapshot({ limit: 1 })).rows[0];
  const ended = async (id: string): Promise<ActivityDetail> => {
    for (;;) {
      const detail = await control.activity.request({ id });
      if (detail.row.state !== 'running') return detail;
      await sleep(10);
    }
  };

  it('asks the server the same once more, as an agent of its own, and no key stands in it', async () => {
    await start({});
    await control.activity.setStreamingLog({ on: true });
    await ask(
      'hello',
      {
        'user-agent': 'claude-cli/2.1',
        'anthropic-beta': 'one,two',
        authorization: `Bearer ${key}`,
        'x-note': `mine is ${key}`,
      },
      `?beta=true&api_key=${key}`,
    );
    const first = await newest();
    const { id } = await control.activity.replay({ id: first?.id ?? '' });
    expect(id).not.toBe(first?.id);
    const again = await ended(id);
    expect(again.row).toMatchObject({ agent: 'Replay', state: 'done', modelId: 'box/m', keyId: first?.keyId });
    const [asked] = again.wire;
    expect(asked?.headers).toMatchObject({
      'anthropic-beta': 'one,two',
      'user-agent': 'dragoman-replay claude-cli/2.1',
    });
    expect(asked?.headers).not.toHaveProperty('authorization');
    expect(asked?.headers).not.toHaveProperty('x-note');
    const [one, other] = chats();
    expect(other).toBe(one);
    expect(chats()).toHaveLength(2);
    expect(JSON.stringify(again)).not.toContain(key);
    expect((await control.activity.replay({ id })).id).not.toBe(id);
  });

  it('is refused in words where the body was not kept, and while the gateway is paused', async () => {
    await start({});
    await ask('hello');
    const { id = '' } = (await newest()) ?? {};
    await expect(control.activity.replay({ id })).rejects.toThrow('not kept whole');
    await expect(control.activity.replay({ id: 'req_none' })).rejects.toThrow('not kept whole');
    await control.gateway.pause();
    await expect(control.activity.replay({ id })).rejects.toThrow('is paused');
  });

  it('may no more than the key of the request may', async () => {
    const limited = mintKey({ name: 'limited', models: ['box/m'] });
    await start({}, { keys: [limited.entry] });
    await control.activity.setStreamingLog({ on: true });
    await ask('hello', { 'x-api-key': limited.key });
    const first = await newest();
    expect(first).toMatchObject({ state: 'done', keyId: limited.entry.id });
    const allowed = await control.activity.replay({ id: first?.id ?? '' });
    expect((await ended(allowed.id)).row).toMatchObject({ state: 'done', keyId: limited.entry.id });
    await control.keys.revoke({ key: limited.entry.id });
    const revoked = await control.activity.replay({ id: first?.id ?? '' });
    expect((await ended(revoked.id)).row).toMatchObject({ agent: 'Replay', state: 'refused', status: 401 });
    expect(chats()).toHaveLength(2);
  });
});

describe('pause over the control interface', () => {
  it('refuses what is new, finishes what runs, and resumes', async () => {
    await start({});
    const running = ask('pause ms=3000');
    while ((await control.gateway.state()).running === 0) await sleep(10);
    expect(await control.gateway.pause()).toEqual({ paused: true, running: 1 });
    expect(JSON.parse(await ask('hello'))).toMatchObject({ error: { type: 'overloaded_error' } });
    expect(await running).toContain('message_stop');
    expect(await control.gateway.resume()).toEqual({ paused: false, running: 0 });
    expect(await ask('hello')).toContain('message_stop');
  });
});
