import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ControlClient, localControl } from '../../src-main/control/client.ts';
import { createServiceParts, type ServiceParts } from '../../src-main/control/service-parts.ts';
import { freePort } from '../programs/llama-server.ts';
import { type Program, startProgram } from '../programs/program.ts';

let folder: string;
let router: Program;
let parts: ServiceParts;
let control: ControlClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dragoman-router-'));
  const models = process.env.DRAGOMAN_TINY_MODELS ?? '';
  symlinkSync(join(models, 'scripted-slow.gguf'), join(folder, 'slow.gguf'));
  writeFileSync(join(folder, 'broken.gguf'), 'this is no model');
  const port = await freePort();
  const options = ['--models-dir', folder, '--host', '127.0.0.1', '--port', String(port), '-c', '2048', '--offline'];
  router = startProgram(process.env.DRAGOMAN_LLAMA_SERVER ?? '', [...options, '--no-ui']);
  const baseUrl = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${baseUrl}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await answers())) {
    if (router.child.exitCode !== null) throw new Error(`llama-server ended: ${router.errors()}`);
    await sleep(50);
  }
  const settings = { detection: { enabled: false }, upstreams: [{ id: 'router', kind: 'llama-cpp', baseUrl }] };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings));
  parts = await createServiceParts({ home: folder, defaultHome: folder, version: '0', environment: {} });
  control = localControl(parts);
  await parts.detection.refresh();
}, 60_000);
afterAll(async () => {
  await parts?.close();
  await router?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function slow() {
  const { servers } = await control.models.report({ refresh: false });
  return servers[0]?.models.find(({ id }) => id === 'router/slow');
}

it('a router loads and unloads the model that is named, and what is loaded is told with its context', async () => {
  expect(await slow()).toMatchObject({ loaded: false, loading: 'idle' });
  const loading = control.models.load({ model: 'router/slow' });
  await expect.poll(async () => (await slow())?.loading).toBe('loading');
  await loading;
  expect(await slow()).toMatchObject({ loaded: true, loading: 'idle', contextWindow: { inForce: 2048 } });
  await control.models.unload({ model: 'router/slow' });
  expect(await slow()).toMatchObject({ loaded: false, loading: 'idle' });
}, 60_000);

it('a file that is no model is told as what could not be loaded', async () => {
  const load = () => control.models.load({ model: 'router/broken' });
  await expect(load()).rejects.toThrow('broken could not be loaded: its process ended');
  await expect(load()).rejects.toThrow('broken could not be loaded: its process ended');
}, 60_000);
