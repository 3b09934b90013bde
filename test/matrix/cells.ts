import type { JsonObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { Script } from '../fakes/script.ts';
import type { Ask, Said, ToolResult } from './clients.ts';

/**
 * The matrix as data: what must hold for every protocol of clients in front of every protocol of upstreams, as a stream and as JSON. Where a
 * pair can't hold something, the diagnostic stands here that it must give instead.
 */

export type Pair = `${Protocol} → ${Protocol}`;

export interface Cell {
  readonly feature: string;
  /** The scenario of the fake upstream, or a script of its own. */
  readonly scenario: string | Script;
  readonly ask?: Partial<Ask>;
  /** What a client is told; ids of calls are left out. */
  readonly said?: Partial<Omit<Said, 'calls'>> & { readonly calls?: readonly { name: string; input: unknown }[] };
  /** What the tools answer, in the order in which they are given back; then the model is asked again. */
  readonly results?: readonly Omit<ToolResult, 'id'>[];
  /** What must stand in the last request that the upstream is sent, by its protocol. */
  readonly sent?: Readonly<Record<Protocol, JsonObject>>;
  /** What each client is told instead of an answer. */
  readonly failure?: { readonly status: number; readonly words: Readonly<Record<Protocol, RegExp>> };
  /** What goes through untranslated is not passed on as it came. */
  readonly reshaped?: true;
  /** The client leaves in the middle. */
  readonly leaves?: true;
  /** The `what` of each diagnostic that a pair must give, in order; none where a pair is not named. */
  readonly diagnostics?: Readonly<Partial<Record<Pair, readonly string[]>>>;
}

/** A PNG of one pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const paris = { name: 'get_weather', input: { city: 'Paris' } };
const rome = { name: 'get_weather', input: { city: 'Rome' } };
const anyCut = /before it was (?:whole|complete)|ended|cut|clos/i;

export const cells: readonly Cell[] = [
  { feature: 'text', scenario: 'hello', said: { text: 'Hello from the fake upstream.', calls: [], finish: 'stop' } },
  {
    feature: 'reasoning',
    scenario: 'thinktool',
    ask: { withTools: true, reasons: true },
    said: { reasoning: 'I need the weather.', calls: [paris], finish: 'calls' },
    results: [{ text: 'sunny' }],
    sent: {
      messages: {
        messages: [
          {},
          {
            content: [
              { type: 'thinking', thinking: 'I need the weather.', signature: 'c2lnbmVk' },
              { type: 'tool_use', name: 'get_weather' },
            ],
          },
          { content: [{ type: 'tool_result' }] },
        ],
      },
      chat: { messages: [{}, { reasoning_content: 'I need the weather.' }, { role: 'tool', content: 'sunny' }] },
      responses: {
        input: [
          {},
          { type: 'reasoning', encrypted_content: 'encrypted 0' },
          { type: 'function_call', name: 'get_weather' },
          { type: 'function_call_output', output: 'sunny' },
        ],
      },
    },
    // Of a server that follows OpenAI and promises nothing else it is not known how it is told to think.
    diagnostics: { 'messages → chat': ['thinking'], 'responses → chat': ['thinking'] },
  },
  {
    feature: 'one tool',
    scenario: 'texttool',
    ask: { withTools: true },
    said: { text: 'I look it up.', calls: [paris], finish: 'calls' },
    results: [{ text: 'sunny' }],
    sent: {
      messages: {
        messages: [
          { role: 'user' },
          {
            content: [
              { type: 'text', text: 'I look it up.' },
              { type: 'tool_use', id: 'call_a', input: { city: 'Paris' } },
            ],
          },
          { content: [{ type: 'tool_result', tool_use_id: 'call_a' }] },
        ],
      },
      chat: {
        messages: [
          { role: 'user' },
          { content: 'I look it up.', tool_calls: [{ id: 'call_a', function: { name: 'get_weather' } }] },
          { role: 'tool', tool_call_id: 'call_a', content: 'sunny' },
        ],
      },
      responses: {
        input: [
          { role: 'user' },
          { type: 'message', role: 'assistant' },
          { type: 'function_call', call_id: 'call_a' },
          { type: 'function_call_output', call_id: 'call_a', output: 'sunny' },
        ],
      },
    },
  },
  {
    feature: 'two interleaved tools',
    scenario: 'interleaved',
    ask: { withTools: true },
    said: { calls: [paris, rome], finish: 'calls' },
    results: [{ text: 'sunny' }, { text: 'rainy' }],
    sent: {
      messages: {
        messages: [
          {},
          { content: [{ id: 'call_a' }, { id: 'call_b' }] },
          { content: [{ tool_use_id: 'call_a' }, { tool_use_id: 'call_b' }] },
        ],
      },
      chat: {
        messages: [
          {},
          { tool_calls: [{ id: 'call_a' }, { id: 'call_b' }] },
          { tool_call_id: 'call_a', content: 'sunny' },
          { tool_call_id: 'call_b', content: 'rainy' },
        ],
      },
      responses: {
        input: [
          {},
          { call_id: 'call_a' },
          { call_id: 'call_b' },
          { call_id: 'call_a', output: 'sunny' },
          { call_id: 'call_b', output: 'rainy' },
        ],
      },
    },
  },
  {
    feature: 'image in',
    scenario: 'hello',
    ask: { image: pixel },
    said: { finish: 'stop' },
    sent: {
      messages: {
        messages: [
          {
            content: [
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
              { type: 'text' },
            ],
          },
        ],
      },
      chat: {
        messages: [
          {
            content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }, { type: 'text' }],
          },
        ],
      },
      responses: {
        input: [
          {
            content: [{ type: 'input_image', image_url: `data:image/png;base64,${pixel}` }, { type: 'input_text' }],
          },
        ],
      },
    },
  },
  {
    feature: 'tool error',
    scenario: 'tool',
    ask: { withTools: true },
    said: { calls: [paris], finish: 'calls' },
    results: [{ text: 'no such city', isError: true }],
    sent: {
      messages: { messages: [{}, {}, { content: [{ type: 'tool_result', tool_use_id: 'call_a' }] }] },
      chat: { messages: [{}, {}, { role: 'tool', content: 'Error: no such city' }] },
      responses: { input: [{}, {}, { call_id: 'call_a', output: 'Error: no such city' }] },
    },
  },
  { feature: 'length', scenario: 'length', said: { text: 'cut sho', finish: 'length' } },
  {
    feature: 'overflow',
    scenario: 'overflow',
    failure: {
      status: 400,
      words: {
        messages: /prompt is too long: 10032 tokens > 8192 maximum/,
        chat: /"code":"context_length_exceeded"/,
        responses: /"code":"context_length_exceeded"/,
      },
    },
  },
  {
    feature: 'cut stream',
    scenario: 'cut',
    failure: { status: 502, words: { messages: anyCut, chat: anyCut, responses: anyCut } },
  },
  { feature: 'abort', scenario: 'stall', leaves: true },
  {
    feature: 'a JSON body although a stream was asked for',
    scenario: 'json',
    said: { text: 'a JSON answer', calls: [], finish: 'stop' },
    reshaped: true,
  },
  {
    feature: 'an error with status 200',
    scenario: 'error-in-200',
    failure: {
      status: 502,
      words: { messages: /model exploded/, chat: /model exploded/, responses: /model exploded/ },
    },
  },
  {
    feature: 'JSON mode',
    scenario: { steps: [{ text: '{"city":' }, { text: '"Paris"}' }] },
    ask: { schema },
    said: { text: '{"city":"Paris"}', finish: 'stop' },
    sent: {
      messages: { output_config: { format: { type: 'json_schema', schema } } },
      chat: { response_format: { type: 'json_schema', json_schema: { schema } } },
      responses: { text: { format: { type: 'json_schema', schema } } },
    },
  },
];
