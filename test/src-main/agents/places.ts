import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Place, placeAt } from './place.ts';

export { model, type Place, setup } from './place.ts';

/** A folder of its own that goes with the test. */
export async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dragoman-agents-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

export async function freshPlace(): Promise<Place> {
  return placeAt(await freshFolder());
}
