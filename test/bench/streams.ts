import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bodiesFor, type Direction, nameOf } from './direction.ts';
import type { Figure } from './figure.ts';
import { goodPost, type Side } from './http-client.ts';
import { median, quantile } from './statistics.ts';

const chunks = 20_000;

async function defineScenario(upstream: string, scenario: string, script: unknown): Promise<void> {
  const answer = await fetch(`${upstream}/__script`, { method: 'POST', body: JSON.stringify({ scenario, script }) });
  if (!answer.ok) throw new Error(`the fake upstream refused the script: ${await answer.text()}`);
}

/**
 * Chunks a second of a stream of 20,000 tool call chunks, from the request to the last byte. The stream is recorded once and then played from
 * a file: made chunk by chunk, the fake would be what is measured.
 */
export async function throughputFigure(
  direction: Direction,
  upstream: string,
  recordings: string,
  scale: number,
): Promise<Figure> {
  const bodies = bodiesFor(direction, 0, 'many', true);
  await defineScenario(upstream, 'many', { steps: [{ flood: { count: chunks, perSecond: 0, kind: 'tool' } }] });
  const recorded: Buffer[] = [];
  await goodPost(direction.direct, bodies.direct, (chunk) => recorded.push(chunk));
  writeFileSync(join(recordings, 'many.sse'), Buffer.concat(recorded));
  await defineScenario(upstream, 'many', { recording: 'many.sse', recordingPiece: 16_384 });
  const direct: number[] = [];
  const gateway: number[] = [];
  for (let at = -3; at < Math.ceil(15 * scale); at += 1) {
    const straight = (await goodPost(direction.direct, bodies.direct)).totalMs;
    const through = (await goodPost(direction.gateway, bodies.gateway)).totalMs;
    if (at < 0) continue;
    direct.push(straight);
    gateway.push(through);
  }
  const rate = (times: readonly number[]) => (chunks / median(times)) * 1000;
  return {
    name: `${nameOf(direction)}: stream of 20,000 tool call chunks`,
    unit: 'chunks/s',
    value: rate(gateway),
    target: 100_000,
    wanted: 'at least',
    details: { direct: rate(direct), 'ms in all': median(gateway) },
  };
}

/** Milliseconds that each chunk of many parallel streams was under way: the fake writes the time of sending into the text. */
async function delays(side: Side, body: string, streams: number): Promise<number[]> {
  const found: number[] = [];
  const one = async () => {
    let rest = '';
    await goodPost(side, body, (chunk) => {
      const now = performance.timeOrigin + performance.now();
      const text = rest + chunk.toString('latin1');
      const end = text.lastIndexOf('\n') + 1;
      rest = text.slice(end);
      for (const [, sent] of text.slice(0, end).matchAll(/"(\d{16}) "/g)) found.push(now - Number(sent) / 1000);
    });
  };
  await Promise.all(Array.from({ length: streams }, one));
  return found;
}

/** 64 streams of 100 chunks/s each: what the gateway adds to the slowest hundredth of the chunks. */
export async function manyStreamsFigure(direction: Direction, upstream: string, scale: number): Promise<Figure> {
  const count = Math.ceil(400 * scale);
  const bodies = bodiesFor(direction, 0, 'clock', true);
  await defineScenario(upstream, 'clock', { steps: [{ flood: { count, perSecond: 100, kind: 'clock' } }] });
  const direct: number[] = [];
  const gateway: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    direct.push(...(await delays(direction.direct, bodies.direct, 64)));
    gateway.push(...(await delays(direction.gateway, bodies.gateway, 64)));
  }
  if (direct.length !== 128 * count || gateway.length !== direct.length)
    throw new Error(
      `of ${128 * count} chunks ${direct.length} came directly and ${gateway.length} through the gateway`,
    );
  return {
    name: `${nameOf(direction)}: 64 streams × 100 chunks/s, added to p99 of a chunk`,
    unit: 'ms',
    value: quantile(gateway, 0.99) - quantile(direct, 0.99),
    target: 5,
    wanted: 'at most',
    details: {
      'direct p99': quantile(direct, 0.99),
      'gateway p99': quantile(gateway, 0.99),
      'added median': median(gateway) - median(direct),
    },
  };
}
