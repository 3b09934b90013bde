import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clientCodec, upstreamCodec } from '../../../src-main/gateway/codecs.ts';
import { createTokenCounter } from '../../../src-main/models/token-counter.ts';
import { createTokenizer } from '../../../src-main/models/tokenizer.ts';
import { createUpstreamClient } from '../../../src-main/upstreams/client.ts';
import { kindOf } from '../../../src-main/upstreams/kinds.ts';
import { defaultFlags } from '../../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import type { Protocol } from '../../../src-shared/protocol.ts';
import { testSupplies } from '../protocols/supplies.ts';
import { routeTo } from './servers.ts';

const recorded = join(process.env.DRAGOMAN_FIXTURES ?? '', 'recorded');
const wires: Readonly<Record<string, Protocol>> = {
  'openai-chat': 'chat',
  'anthropic-messages': 'messages',
  'openai-responses': 'responses',
};

interface Recording {
  readonly body: JsonObject;
  readonly hasTools: boolean;
  readonly bytes: number;
  /** What the provider says that the prompt took. */
  readonly tokens: number;
}

/** The figures of a recorded answer, whichever event of a stream has them. */
function promptTokens(base: string, isStream: boolean): number {
  const text = readFileSync(join(recorded, `${base}.response.${isStream ? 'sse' : 'json'}`), 'utf8');
  const events = isStream
    ? text.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6))] : []))
    : [JSON.parse(text)];
  const usage = Object.assign(
    {},
    ...events.map((event) => event.usage ?? event.message?.usage ?? event.response?.usage),
  );
  const read = usage.prompt_tokens ?? usage.input_tokens ?? 0;
  return read + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
}

function recordingsByModel(): ReadonlyMap<string, readonly Recording[]> {
  const groups = new Map<string, Recording[]>();
  for (const one of JSON.parse(readFileSync(join(recorded, 'index.json'), 'utf8'))) {
    const wire = wires[one.wire];
    if (wire === undefined || one.status !== 200) continue;
    const sent = JSON.parse(readFileSync(join(recorded, `${one.base}.request.json`), 'utf8'));
    const decoded = clientCodec(wire).decodeRequest(sent, testSupplies());
    const tokens = promptTokens(one.base, one.stream);
    // Pictures count a constant, which is a guess, and old recordings have no figures.
    if (
      !decoded.ok ||
      tokens === 0 ||
      /"(image|image_url|input_image|file|input_file|document|input_audio)"/.test(JSON.stringify(sent))
    )
      continue;
    const { body } = upstreamCodec('chat').encodeRequest(decoded.request, {
      flags: { ...defaultFlags, ...kindOf('openai-compatible').flags },
      upstream: { id: 'up', model: 'model' },
      defaults: {},
      ownTools: new Map(),
      supplies: testSupplies(),
    });
    const recording = { body, hasTools: decoded.request.tools.length > 0, bytes: JSON.stringify(body).length, tokens };
    const group = `${one.host} ${one.model} ${recording.hasTools}`;
    groups.set(group, [...(groups.get(group) ?? []), recording]);
  }
  return groups;
}

/** Each prompt is counted by a counter that was taught by the model's other answers, as many as there are. */
test.skipIf(recorded === 'recorded').each([
  ['by the sizes of prompts', false],
  ['by the counts of prompts', true],
])('F11: a count taught %s is within 10 % of what providers say, for most prompts', async (_how, isCounting) => {
  const client = createUpstreamClient({ hopId: 'hop' });
  const tokenizer = createTokenizer();
  const route = await routeTo('openai-compatible', 'http://127.0.0.1:9');
  const errors: number[] = [];
  try {
    if (isCounting) await tokenizer.count(['loads it'], going);
    for (const group of recordingsByModel().values()) {
      if (group.length < 4) continue;
      for (const one of group) {
        const counter = createTokenCounter({ client, tokenizer: { ...tokenizer, isLoaded: () => isCounting } });
        for (const other of group) if (other !== one) counter.learn(route, other, other.tokens, other.body);
        // The tokenizer counts in order: the samples are there once this count is.
        const count = await counter.count(route, one.body, going);
        errors.push(Math.abs(count - one.tokens) / one.tokens);
      }
    }
  } finally {
    await tokenizer.close();
    await client.close();
  }
  errors.sort((a, b) => a - b);
  const quantile = (share: number) => errors[Math.floor(errors.length * share)];
  expect(quantile(0.5)).toBeLessThan(0.1);
});

const going = new AbortController().signal;
