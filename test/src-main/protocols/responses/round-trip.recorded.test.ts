import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeResponsesRequest } from '../../../../src-main/protocols/responses/decode-request.ts';
import { encodeResponsesRequest } from '../../../../src-main/protocols/responses/encode-request.ts';
import { defaultFlags } from '../../../../src-shared/compat-flags.ts';
import { isObject, type JsonObject, type JsonValue } from '../../../../src-shared/json.ts';
import { testSupplies } from '../supplies.ts';

/** G7: what clients really sent, decoded and written again for a server that takes all of Responses, says the same. */

const fixtures = process.env.DRAGOMAN_FIXTURES ?? '';
const own = join(import.meta.dirname, '../../../fixtures/agent-requests');

function agentRequests(root: string): [string, JsonObject][] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.jsonl'))
    .flatMap((path) =>
      readFileSync(join(root, path), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
        .filter(({ method, url }) => method === 'POST' && /\/responses(\?|$)/.test(url))
        .map(({ body }, at): [string, JsonObject] => [`${path} ${at}`, body]),
    );
}

function recordedRequests(root: string): [string, JsonObject][] {
  return ['json', 'stream'].flatMap((kind) => {
    const folder = join(root, kind);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => name.endsWith('.request.json'))
      .map((name): [string, JsonObject] => [name, JSON.parse(readFileSync(join(folder, name), 'utf8'))]);
  });
}

const requests = [
  ...agentRequests(own),
  ...(fixtures === ''
    ? []
    : [
        ...agentRequests(join(fixtures, 'agent-requests')),
        ...recordedRequests(join(fixtures, 'recorded/openai-responses')),
      ]),
];

test('there are requests to look at', () => {
  if (fixtures !== '') expect(requests.length).toBeGreaterThan(100);
});

test.each(requests)('%s', (_, body) => {
  const decoded = decodeResponsesRequest(body, testSupplies());
  if (!decoded.ok) throw new Error(decoded.error.message);
  const encoded = encodeResponsesRequest(decoded.request, {
    flags: { ...defaultFlags, fullResponses: true, hostedTools: true, pdf: true, strictTools: true },
    upstream: { id: 'openai', model: String(body.model) },
    defaults: {},
    ownTools: new Map(),
    supplies: testSupplies(),
  });
  expect(normalised(encoded.body)).toEqual(normalised(body));
});

/**
 * What may differ: defaults that are written out, short forms that are written long, the order of a call's results, and what is the
 * gateway's business (`store`, `stream`, the client's own metadata).
 */
function normalised(body: JsonObject): JsonObject {
  const { stream: _stream, store: _store, include: _include, client_metadata: _metadata, ...rest } = body;
  const { input, tools, tool_choice, ...keys } = rest;
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : Array.isArray(input) ? input : [];
  return {
    ...keys,
    ...(Array.isArray(tools) && tools.length > 0 && { tools: tools.map(tool), tool_choice: tool_choice ?? 'auto' }),
    ...(!(Array.isArray(tools) && tools.length > 0) && { parallel_tool_calls: undefined }),
    input: items.filter(isObject).map((value) => item(value as JsonObject)),
  };
}

function item(value: JsonObject): JsonObject {
  const { content, type = 'message', ...rest } = value;
  if (content === undefined) return { type, ...rest };
  const text = rest.role === 'assistant' ? 'output_text' : 'input_text';
  const parts: JsonValue[] =
    typeof content === 'string' ? [{ type: text, text: content }] : Array.isArray(content) ? content : [];
  return { type, ...rest, content: parts };
}

function tool(value: JsonValue): JsonValue {
  if (!isObject(value) || value.type !== 'function') return value as JsonValue;
  return { strict: false, ...value } as JsonValue;
}
