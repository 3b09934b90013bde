import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clientCodec, upstreamCodec } from '../../../src-main/gateway/codecs.ts';
import { kindOf } from '../../../src-main/upstreams/kinds.ts';
import { defaultFlags } from '../../../src-shared/compat-flags.ts';
import type { Protocol } from '../../../src-shared/protocol.ts';
import type { UpstreamKindId } from '../../../src-shared/settings.ts';
import { faultsOf as chatFaults } from './chat/check-request.ts';
import { faultsOf as messagesFaults } from './messages/check-upstream-request.ts';
import { testSupplies } from './supplies.ts';

/**
 * What agents really sent, for the upstreams of every protocol: a sound request, of which nothing is lost but what stands in this list. Thinking
 * is lost where it was signed by the scripted server of the recording, or is to go to a server of which it is not known how it thinks.
 */
const losses: Readonly<Record<string, readonly string[]>> = {
  'claude: messages → messages': ['thinking', 'tool web_search_20250305'],
  'claude: messages → chat': ['document', 'thinking', 'tool web_search_20250305'],
  'claude: messages → responses': ['thinking'],
  'codex: responses → messages': ['compaction', 'compaction_trigger', 'thinking', 'tool web_search', 'verbosity'],
  'codex: responses → chat': ['compaction', 'compaction_trigger', 'thinking', 'tool web_search', 'verbosity'],
  'opencode: messages → chat': ['thinking'],
  'opencode: messages → responses': ['thinking'],
  'opencode: chat → messages': ['thinking'],
  'opencode: chat → chat': ['thinking'],
  'opencode: chat → responses': ['thinking'],
  'opencode: responses → messages': ['thinking'],
  'opencode: responses → chat': ['thinking'],
  'qwen: messages → chat': ['thinking'],
  'qwen: messages → responses': ['thinking'],
  'qwen: chat → messages': ['thinking'],
  'qwen: chat → chat': ['thinking'],
  'qwen: chat → responses': ['thinking'],
};

const kinds: Readonly<Record<Protocol, UpstreamKindId>> = {
  messages: 'anthropic',
  chat: 'openai-compatible',
  responses: 'openai',
};
const endpoints: Readonly<Record<string, Protocol | undefined>> = {
  '/v1/messages': 'messages',
  '/v1/chat/completions': 'chat',
  '/v1/responses': 'responses',
};

/** What is wrong with a request, where that can be told; Anthropic itself takes system turns in the middle. */
function faultsOf(protocol: Protocol, body: unknown): readonly string[] {
  if (protocol === 'chat') return chatFaults(body);
  return protocol === 'messages' ? messagesFaults(body).filter((fault) => !fault.endsWith('has role system')) : [];
}

const own = join(import.meta.dirname, '../../fixtures/agent-requests');
const fixtures = process.env.DRAGOMAN_FIXTURES ?? '';

interface Sent {
  readonly protocol: Protocol;
  readonly body: unknown;
}
type Session = readonly [name: string, agent: string, requests: readonly Sent[]];

function read(name: string, file: string): Session {
  const agent = name.split(/\W/)[0] ?? '';
  const entries = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  // The repository's own shortened ones are bodies, each in its agent's own protocol.
  const requests = entries.flatMap((entry): readonly Sent[] => {
    if (entry.url === undefined) return [{ protocol: agent === 'codex' ? 'responses' : 'messages', body: entry }];
    const protocol = endpoints[String(entry.url).split('?')[0] ?? ''];
    return entry.method === 'POST' && protocol !== undefined ? [{ protocol, body: entry.body }] : [];
  });
  return [name, agent, requests];
}

const shared = join(fixtures, 'agent-requests');
const sessions: readonly Session[] = [
  ...readdirSync(own).map((name) => read(name, join(own, name))),
  ...(fixtures === ''
    ? []
    : ['claude', 'codex', 'opencode', 'qwen'].flatMap((agent) =>
        readdirSync(join(shared, agent)).map((scenario) =>
          read(`${agent} ${scenario}`, join(shared, agent, scenario, 'requests.jsonl')),
        ),
      )),
];

const protocols: readonly Protocol[] = ['messages', 'chat', 'responses'];
const seen = new Map<string, Set<string>>();

describe.each(protocols)('for an upstream that speaks %s', (upstream) => {
  test.each(sessions)('%s', (_, agent, requests) => {
    for (const { protocol, body } of requests) {
      const decoded = clientCodec(protocol).decodeRequest(body, testSupplies());
      if (!decoded.ok) throw new Error(decoded.error.message);
      const encoded = upstreamCodec(upstream).encodeRequest(decoded.request, {
        flags: { ...defaultFlags, ...kindOf(kinds[upstream]).flags },
        upstream: { id: 'up', model: 'model' },
        defaults: {},
        ownTools: new Map(),
        supplies: testSupplies(),
      });
      expect(faultsOf(upstream, encoded.body)).toEqual([]);
      const pair = `${agent}: ${protocol} → ${upstream}`;
      const lost = [...decoded.diagnostics, ...encoded.diagnostics].map(({ what }) => what);
      expect(lost.filter((what) => losses[pair]?.includes(what) !== true)).toEqual([]);
      if (lost.length > 0) seen.set(pair, new Set([...(seen.get(pair) ?? []), ...lost]));
    }
  });
});

test.skipIf(fixtures === '')('the list of losses names none that does not happen', () => {
  expect(Object.fromEntries([...seen].map(([pair, lost]) => [pair, [...lost].sort()]))).toEqual(losses);
});
