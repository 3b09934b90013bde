import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeExecutable } from '../node-executable.mjs';
import { startProgram } from '../programs/program.ts';
import { goodKey } from '../src-main/gateway/start-gateway.ts';
import { root } from '../tiers.mjs';
import { paths, protocols } from './direction.ts';
import type { Figure } from './figure.ts';
import { conversation } from './requests.ts';

/** What an open stream holds in the gateway, in each direction and where it goes through: 100 of them that have begun and stand still. */
export async function openStreamFigures(upstream: string): Promise<readonly Figure[]> {
  const measured = join(root, 'test/bench/measured-gateway.ts');
  const program = startProgram(nodeExecutable(), ['--expose-gc', measured, upstream]);
  const { stdout } = program.child;
  if (stdout === null) throw new Error('stdout is not piped');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<Record<string, unknown>> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error(`the measured gateway ended: ${program.errors()}`);
    return JSON.parse(value);
  };
  const heldBytes = async (): Promise<number> => {
    program.child.kill('SIGUSR2');
    return Number((await read()).held);
  };
  /** Kilobytes for each of 100 streams. */
  const measure = async (url: string, body: string): Promise<number> => {
    (await openStreams(url, body, 20)).abort();
    await sleep(200);
    const before = await heldBytes();
    const leave = await openStreams(url, body, 100);
    const during = await heldBytes();
    leave.abort();
    await sleep(200);
    return (during - before) / 100_000;
  };
  try {
    const gateways = await read();
    const figures: Figure[] = [];
    for (const client of protocols) {
      for (const to of protocols) {
        const url = `${String(gateways[to])}${paths[client]}`;
        const body = (bytes: number): string => conversation(bytes, 'stall', true, 'up/fake-model')[client];
        figures.push({
          name: `${client} → ${to}: memory of an open stream`,
          unit: 'KB',
          value: await measure(url, body(4000)),
          target: 200,
          wanted: 'at most',
          details: { 'with a request of 50 KB': await measure(url, body(50_000)) },
        });
      }
    }
    return figures;
  } finally {
    await program.stop();
  }
}

/** Resolves when every stream has begun. */
async function openStreams(url: string, body: string, count: number): Promise<AbortController> {
  const leave = new AbortController();
  const headers = { 'content-type': 'application/json', 'x-api-key': goodKey };
  for (let left = count; left > 0; left -= 1) {
    const answer = await fetch(url, { method: 'POST', headers, body, signal: leave.signal });
    const first = await answer.body?.getReader().read();
    if (answer.status !== 200 || first?.done !== false) throw new Error(`${url} gave no stream`);
  }
  return leave;
}
