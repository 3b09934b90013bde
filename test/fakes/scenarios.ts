import type { Marker, Script, Step } from './script.ts';

/**
 * The scenarios that a `[[name]]` marker in the last user message chooses. Shapes marked [recorded] are those of a real llama-server
 * (b11669) or Ollama (0.33); [documented] ones follow a server's source or documentation; the rest are faults we made up.
 */
export const scenarios: Readonly<Record<string, Script>> = {
  hello: { steps: [{ text: 'Hello ' }, { text: 'from the fake ' }, { text: 'upstream.' }] },
  after_tool: { steps: [{ text: 'The tool ' }, { text: 'has answered.' }] },
  think: { steps: [{ reasoning: 'Let me ' }, { reasoning: 'think.' }, { text: 'Thought.' }] },
  thinkonly: { steps: [{ reasoning: 'Only thinking.' }] },
  empty: { steps: [] },
  unicode: { steps: [{ text: 'Grüße 👋🏽 ' }, { text: '漢字 \u2028 é' }] },
  /** [recorded] llama-server: the name comes whole in the first fragment, the arguments piece by piece. */
  tool: { steps: call(0, 'call_a', 'get_weather', ['{', '"city"', ': "P', 'aris"', '}']) },
  texttool: { steps: [{ text: 'I look it up.' }, ...call(0, 'call_a', 'get_weather', ['{"city":', '"Paris"}'])] },
  thinktool: {
    steps: [{ reasoning: 'I need the weather.' }, ...call(0, 'call_a', 'get_weather', ['{"city":', '"Paris"}'])],
  },
  twotools: {
    steps: [
      ...call(0, 'call_a', 'get_weather', ['{"city":', '"Paris"}']),
      ...call(1, 'call_b', 'get_weather', ['{"city":', '"Rome"}']),
    ],
  },
  noargs: { steps: call(0, 'call_a', 'list_all', ['{}']) },
  /** Made up: fragments of two calls in turn. */
  interleaved: {
    steps: [
      { call: { index: 0, id: 'call_a', name: 'get_weather', arguments: '' } },
      { call: { index: 1, id: 'call_b', name: 'get_weather', arguments: '' } },
      { call: { index: 0, arguments: '{"city":' } },
      { call: { index: 1, arguments: '{"city":' } },
      { call: { index: 0, arguments: '"Paris"}' } },
      { call: { index: 1, arguments: '"Rome"}' } },
    ],
  },
  /** Made up: id and name after the first arguments. */
  'late-id': {
    steps: [
      { call: { index: 0, arguments: '{"city":' } },
      { call: { index: 0, name: 'get_weather' } },
      { call: { index: 0, id: 'call_late', arguments: '"Paris"}' } },
    ],
  },
  length: { steps: [{ text: 'cut sho' }, { finish: 'length' }] },
  'length-in-tool': { steps: [...call(0, 'call_a', 'get_weather', ['{"city":', '"Pa']), { finish: 'length' }] },
  /** [recorded] OpenRouter and llama-server send comments while the prompt is processed. */
  comments: { steps: [{ comment: '' }, { wait: 50 }, { comment: ' PROCESSING' }, { text: 'done' }] },

  cut: { steps: [{ text: 'This is cut ' }, { text: 'off' }, { wait: 20 }], end: 'cut' },
  'cut-in-tool': { steps: [...call(0, 'call_a', 'get_weather', ['{"city":']), { wait: 20 }], end: 'cut' },
  eof: { steps: [{ text: 'No finish reason' }], end: 'eof' },
  /** [recorded] Ollama when its runner dies: a last empty chunk without model, a clean end, no [DONE]. */
  'silent-death': {
    steps: [
      { text: 'one two ' },
      { text: 'three' },
      {
        chunk: {
          id: 'chatcmpl-701',
          object: 'chat.completion.chunk',
          created: 1795225238,
          model: '',
          choices: [{ index: 0, delta: { content: '' }, finish_reason: null }],
        },
      },
    ],
    end: 'eof',
  },
  stall: { steps: [{ text: 'and then ' }], end: 'stall' },
  malformed: {
    steps: [{ text: 'before ' }, { raw: 'data: {"choices":[{"delta":{"content":"bro\n\n' }, { text: 'after' }],
  },
  /** [recorded] Groq and others: an error object in the stream. */
  'error-mid-stream': {
    steps: [{ text: 'so far ' }, { error: { message: 'The model crashed.', type: 'server_error', code: 500 } }],
    end: 'eof',
  },
  'no-done': { steps: [{ text: 'finished' }, { finish: 'stop' }], end: 'eof' },
  json: { steps: [{ text: 'a JSON answer' }], alwaysJson: true },
  'error-in-200': { http: { status: 200, body: { error: { message: 'model exploded', type: 'server_error' } } } },

  /** [recorded] llama-server. */
  loading: {
    http: { status: 503, body: { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } } },
  },
  overflow: overflowOf(10_032, 8192),
  'bad-request': {
    http: {
      status: 400,
      body: {
        error: {
          message: "Unsupported value: 'temperature'",
          type: 'invalid_request_error',
          param: 'temperature',
          code: 'unsupported_value',
        },
      },
    },
  },
  'not-found': {
    http: {
      status: 404,
      body: { error: { message: "model 'x' not found", type: 'not_found_error', param: null, code: null } },
    },
  },
  unauthorized: {
    http: {
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
      body: { error: { message: 'Invalid API Key', type: 'authentication_error', code: 401 } },
    },
  },
  forbidden: { http: { status: 403, body: { error: 'forbidden' } } },
  'rate-limit': {
    http: {
      status: 429,
      headers: { 'retry-after': '7', 'x-ratelimit-remaining-requests': '0' },
      body: { error: { message: 'Rate limit reached', type: 'rate_limit_error', code: 'rate_limit_exceeded' } },
    },
  },
  html: {
    http: {
      status: 502,
      headers: { 'content-type': 'text/html' },
      body: '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1>nginx at 10.1.2.3</body></html>',
    },
  },
  'empty-error': { http: { status: 500, body: '' } },
  'server-error': {
    http: { status: 500, body: { error: { message: 'Failed to parse input', type: 'server_error', code: 500 } } },
  },
  redirect: { http: { status: 302, headers: { location: 'http://example.invalid/' }, body: '' } },
};

/** [recorded] llama-server's refusal of a prompt that does not fit; in tokens. */
export function overflowOf(promptTokens: number, contextWindow: number): Script {
  const message = `request (${promptTokens} tokens) exceeds the available context size (${contextWindow} tokens), try increasing it`;
  const type = 'exceed_context_size_error';
  const error = { code: 400, message, type, n_prompt_tokens: promptTokens, n_ctx: contextWindow };
  return { http: { status: 400, body: { error } } };
}

/** The fragments of one call as most servers stream it: id and name first, then the arguments. */
export function call(index: number, id: string, name: string, fragments: readonly string[]): Step[] {
  return [
    { call: { index, id, name, arguments: '' } },
    ...fragments.map((fragment) => ({ call: { index, arguments: fragment } })),
  ];
}

/**
 * The script for a marker: a scenario's name, or one of these with values.
 * `[[flood count=20000 rate=0 kind=tool]]`, `[[slow-headers ms=500]]`, `[[slow-body ms=500]]`, `[[pause ms=500]]`,
 * `[[status code=418]]`, `[[recording file=single/chat-tool-stream.sse piece=7]]`.
 */
export function scriptOf(marker: Marker): Script | null {
  const number = (name: string, fallback: number): number => Number(marker.values.get(name) ?? fallback);
  switch (marker.name) {
    case 'flood': {
      const kind = marker.values.get('kind');
      return {
        steps: [
          {
            flood: {
              count: number('count', 1000),
              perSecond: number('rate', 0),
              kind: kind === 'tool' || kind === 'reasoning' || kind === 'clock' ? kind : 'text',
            },
          },
        ],
      };
    }
    case 'slow-headers':
      return { headersAfterMs: number('ms', 500), steps: [{ text: 'late ' }, { text: 'headers' }] };
    case 'slow-body':
      return { bodyAfterMs: number('ms', 500), steps: [{ text: 'late ' }, { text: 'body' }] };
    case 'pause':
      return { steps: [{ text: 'before ' }, { wait: number('ms', 500) }, { text: 'after' }] };
    case 'status':
      return {
        http: {
          status: number('code', 500),
          body: { error: { message: 'as asked', type: 'server_error', code: number('code', 500) } },
        },
      };
    case 'recording':
      return { recording: marker.values.get('file') ?? '', recordingPiece: number('piece', 0) };
    default:
      return scenarios[marker.name] ?? null;
  }
}
