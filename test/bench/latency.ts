import type { Figure } from './figure.ts';
import { goodPost, type Side, type Timed } from './http-client.ts';
import { type Bodies, conversation } from './requests.ts';
import { median } from './statistics.ts';

export interface Sides {
  readonly direct: Side;
  readonly gateway: Side;
}

/** Medians over pairs of requests, direct and through the gateway in turn, so that noise of the machine meets both. */
async function pairs(
  sides: Sides,
  bodies: Bodies,
  count: number,
  figureOf: (timed: Timed) => number,
): Promise<{ readonly direct: number; readonly gateway: number }> {
  const direct: number[] = [];
  const gateway: number[] = [];
  const warmUp = Math.ceil(count / 4);
  for (let at = -warmUp; at < count; at += 1) {
    const straight = figureOf(await goodPost(sides.direct, bodies.chat));
    const through = figureOf(await goodPost(sides.gateway, bodies.messages));
    if (at < 0) continue;
    direct.push(straight);
    gateway.push(through);
  }
  return { direct: median(direct), gateway: median(gateway) };
}

const total = (timed: Timed): number => timed.totalMs;
const firstByte = (timed: Timed): number => timed.firstByteMs;

/** What the gateway adds to a request: small, large, and to the first byte of a stream. */
export async function latencyFigures(sides: Sides, scale: number): Promise<readonly Figure[]> {
  const cases = [
    {
      name: 'small request, not streamed: added',
      target: 0.7,
      bodies: conversation(0, 'hello', false),
      count: 400,
      figureOf: total,
    },
    {
      name: '400 KB request, translated: added',
      target: 4,
      bodies: conversation(400_000, 'hello', false),
      count: 80,
      figureOf: total,
    },
    {
      name: 'first byte of a translated stream, 50 KB request: added',
      target: 1.5,
      bodies: conversation(50_000, 'hello', true),
      count: 200,
      figureOf: firstByte,
    },
  ];
  const figures: Figure[] = [];
  for (const { name, target, bodies, count, figureOf } of cases) {
    const { direct, gateway } = await pairs(sides, bodies, Math.ceil(count * scale), figureOf);
    const kilobytes = Buffer.byteLength(bodies.messages) / 1000;
    figures.push({
      name,
      unit: 'ms',
      value: gateway - direct,
      target,
      wanted: 'at most',
      details: { direct, gateway, KB: kilobytes },
    });
  }
  return figures;
}
