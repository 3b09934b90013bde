import type { Figure } from './figure.ts';
import { goodPost, type Side, type Timed } from './http-client.ts';
import { type Bodies, conversation } from './requests.ts';
import { median } from './statistics.ts';

export interface Sides {
  readonly direct: Side;
  readonly gateway: Side;
}

interface Medians {
  readonly direct: number;
  readonly gateway: number;
}

/** Medians over `count` pairs of requests, direct and through the gateway in turn, so that noise of the machine meets both. */
async function pairs(
  sides: Sides,
  bodies: Bodies,
  count: number,
  figureOf: (timed: Timed) => number,
): Promise<Medians> {
  const direct: number[] = [];
  const gateway: number[] = [];
  for (let at = 0; at < count; at += 1) {
    direct.push(figureOf(await goodPost(sides.direct, bodies.chat)));
    gateway.push(figureOf(await goodPost(sides.gateway, bodies.messages)));
  }
  return { direct: median(direct), gateway: median(gateway) };
}

const total = (timed: Timed): number => timed.totalMs;
const firstByte = (timed: Timed): number => timed.firstByteMs;

/**
 * What the gateway adds to a request: small, large, and to the first byte of a stream. V8 still compiles better code during the first
 * thousands of requests, so the figure is taken after `warmUp` pairs; theirs stands in the details as "at first".
 */
export async function latencyFigures(sides: Sides, scale: number): Promise<readonly Figure[]> {
  const cases = [
    {
      name: 'small request, not streamed: added',
      target: 0.7,
      bodies: conversation(0, 'hello', false),
      warmUp: 2000,
      count: 400,
      figureOf: total,
    },
    {
      name: '400 KB request, translated: added',
      target: 4,
      bodies: conversation(400_000, 'hello', false),
      warmUp: 100,
      count: 80,
      figureOf: total,
    },
    {
      name: 'first byte of a translated stream, 50 KB request: added',
      target: 1.5,
      bodies: conversation(50_000, 'hello', true),
      warmUp: 400,
      count: 200,
      figureOf: firstByte,
    },
  ];
  const figures: Figure[] = [];
  for (const { name, target, bodies, warmUp, count, figureOf } of cases) {
    const cold = await pairs(sides, bodies, Math.ceil(warmUp * scale), figureOf);
    const { direct, gateway } = await pairs(sides, bodies, Math.ceil(count * scale), figureOf);
    const kilobytes = Buffer.byteLength(bodies.messages) / 1000;
    figures.push({
      name,
      unit: 'ms',
      value: gateway - direct,
      target,
      wanted: 'at most',
      details: { direct, gateway, 'added at first': cold.gateway - cold.direct, KB: kilobytes },
    });
  }
  return figures;
}
