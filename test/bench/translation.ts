import { createHash } from 'node:crypto';
import { clientCodec, upstreamCodec } from '../../src-main/gateway/codecs.ts';
import type { Supplies } from '../../src-main/protocols/conversation/codec.ts';
import { kindOf } from '../../src-main/upstreams/kinds.ts';
import { defaultFlags } from '../../src-shared/compat-flags.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { Figure } from './figure.ts';
import { conversation } from './requests.ts';
import { median } from './statistics.ts';

const protocols: readonly Protocol[] = ['messages', 'chat', 'responses'];
const kinds = { messages: 'anthropic', chat: 'openai-compatible', responses: 'openai' } as const;

/**
 * A conversation of 1 MB and 200 turns, from the bytes that came to the bytes that go, in each direction. Time of the processor, not of the
 * clock: it is all work, and what else the machine does is not to be measured.
 */
export function translationFigures(scale: number): readonly Figure[] {
  const bodies = conversation(1_000_000, 'hello', true, 'fake-model', 100);
  return protocols.flatMap((client) =>
    protocols.flatMap((upstream) => {
      if (client === upstream) return [];
      const bytes = Buffer.from(bodies[client]);
      const times: number[] = [];
      for (let at = 0; at < Math.ceil(80 * scale); at += 1) {
        const started = process.cpuUsage();
        translated(client, upstream, bytes);
        const { user, system } = process.cpuUsage(started);
        times.push((user + system) / 1000);
      }
      const figure: Figure = {
        name: `${client} → ${upstream}: 1 MB of 200 turns, translated`,
        unit: 'ms',
        value: median(times.slice(times.length / 4)),
        target: 12,
        wanted: 'at most',
        details: { first: times[0] ?? Number.NaN, KB: bytes.length / 1000 },
      };
      return [figure];
    }),
  );
}

function translated(client: Protocol, upstream: Protocol, bytes: Buffer): Buffer {
  let count = 0;
  const supplies: Supplies = {
    newId: (prefix) => `${prefix}${count++}`,
    hash: (text) => createHash('sha256').update(text).digest('hex').slice(0, 16),
    now: () => 0,
  };
  const decoded = clientCodec(client).decodeRequest(JSON.parse(bytes.toString('utf8')), supplies);
  if (!decoded.ok) throw new Error(decoded.error.message);
  const { body } = upstreamCodec(upstream).encodeRequest(decoded.request, {
    flags: { ...defaultFlags, ...kindOf(kinds[upstream]).flags },
    upstream: { id: upstream, model: 'fake-model' },
    defaults: {},
    ownTools: new Map(),
    supplies,
  });
  return Buffer.from(JSON.stringify(body));
}
