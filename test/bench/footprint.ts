import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServe } from '../programs/serve.ts';
import { bodiesFor, directions, upstreamsAt } from './direction.ts';
import type { Figure } from './figure.ts';
import { goodPost } from './http-client.ts';
import { median } from './statistics.ts';

/** Resident memory of a process in MB (10⁶ bytes), from /proc; NaN where there is none. */
export function residentMegabytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return (Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024) / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** A fresh service: its memory at rest, and how much more it holds after 2,000 streams and a rest. */
export async function memoryFigures(upstream: string, scale: number): Promise<readonly Figure[]> {
  const serve = await startServe({ upstreams: upstreamsAt(upstream) });
  try {
    await sleep(3000);
    const idle = residentMegabytes(serve.pid);
    const [direction] = directions(upstream, serve);
    if (direction === undefined) throw new Error('no direction');
    const { gateway } = bodiesFor(direction, 4000, 'tool', true);
    const streams = async (count: number) => {
      for (let left = count; left > 0; left -= 8)
        await Promise.all(Array.from({ length: Math.min(8, left) }, () => goodPost(direction.gateway, gateway)));
      await sleep(2000);
      return residentMegabytes(serve.pid);
    };
    const warm = await streams(Math.ceil(200 * scale));
    const after = await streams(Math.ceil(2000 * scale));
    return [
      { name: 'memory of serve at rest', unit: 'MB', value: idle, target: 120, wanted: 'at most', details: {} },
      {
        name: 'growth over 2,000 streams',
        unit: 'MB',
        value: after - warm,
        target: 20,
        wanted: 'at most',
        details: { 'after 200': warm, 'after 2,200': after, 'since its start': after - idle },
      },
    ];
  } finally {
    await serve.stop();
  }
}

/** Milliseconds from starting node to the listening line, built; the median of several starts. */
export async function startFigure(upstream: string, scale: number): Promise<Figure> {
  const times: number[] = [];
  for (let at = -1; at < Math.ceil(9 * scale); at += 1) {
    const started = performance.now();
    const serve = await startServe({ upstreams: upstreamsAt(upstream) });
    if (at >= 0) times.push(performance.now() - started);
    await serve.stop();
  }
  return {
    name: 'node’s start to the listening line',
    unit: 'ms',
    value: median(times),
    target: 500,
    wanted: 'at most',
    details: { fastest: Math.min(...times), slowest: Math.max(...times) },
  };
}
