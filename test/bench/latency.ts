import { bodiesFor, type Direction, nameOf, type Sent } from './direction.ts';
import type { Figure } from './figure.ts';
import { goodPost, type Timed } from './http-client.ts';
import { median } from './statistics.ts';

interface Medians {
  readonly direct: number;
  readonly gateway: number;
}

/** Medians over `count` pairs of requests, direct and through the gateway in turn, so that noise of the machine meets both. */
async function pairs(
  direction: Direction,
  bodies: Sent,
  count: number,
  figureOf: (timed: Timed) => number,
): Promise<Medians> {
  const direct: number[] = [];
  const gateway: number[] = [];
  for (let at = 0; at < count; at += 1) {
    direct.push(figureOf(await goodPost(direction.direct, bodies.direct)));
    gateway.push(figureOf(await goodPost(direction.gateway, bodies.gateway)));
  }
  return { direct: median(direct), gateway: median(gateway) };
}

const total = (timed: Timed): number => timed.totalMs;
const firstByte = (timed: Timed): number => timed.firstByteMs;

/**
 * What the gateway adds to a request: small, large, and to the first byte of a stream. V8 still compiles better code during the first
 * thousands of requests, so the figure is taken after `warmUp` pairs; theirs stands in the details as "at first".
 */
export async function latencyFigures(direction: Direction, scale: number): Promise<readonly Figure[]> {
  const cases = [
    {
      name: 'small request, not streamed: added',
      target: 0.7,
      bodies: bodiesFor(direction, 0, 'hello', false),
      warmUp: 2000,
      count: 400,
      figureOf: total,
    },
    {
      name: '400 KB request, translated: added',
      target: 4,
      bodies: bodiesFor(direction, 400_000, 'hello', false),
      warmUp: 100,
      count: 80,
      figureOf: total,
    },
    {
      name: 'first byte of a translated stream, 50 KB request: added',
      target: 1.5,
      bodies: bodiesFor(direction, 50_000, 'hello', true),
      warmUp: 400,
      count: 200,
      figureOf: firstByte,
    },
  ];
  const figures: Figure[] = [];
  for (const { name, target, bodies, warmUp, count, figureOf } of cases) {
    const cold = await pairs(direction, bodies, Math.ceil(warmUp * scale), figureOf);
    const { direct, gateway } = await pairs(direction, bodies, Math.ceil(count * scale), figureOf);
    const kilobytes = Buffer.byteLength(bodies.gateway) / 1000;
    figures.push({
      name: `${nameOf(direction)}: ${name}`,
      unit: 'ms',
      value: gateway - direct,
      target,
      wanted: 'at most',
      details: { direct, gateway, 'added at first': cold.gateway - cold.direct, KB: kilobytes },
    });
  }
  return figures;
}
