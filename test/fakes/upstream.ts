/**
 * A fake model server with faults, for tests, the bench and trying things by hand. It needs nothing but Node:
 *
 *     node test/fakes/upstream.ts [--port 0] [--personality openai|llama-cpp|ollama] [--model NAME]… [--api-key KEY]
 *                                 [--context TOKENS] [--loading-ms MS] [--recordings DIR]
 *
 * prints `{"event":"listening","url":"http://127.0.0.1:PORT"}` and serves OpenAI's chat completions, embeddings and model list, Anthropic's
 * messages and OpenAI's responses (messages.ts, responses.ts: the same scripts in their wires), and as `llama-cpp` or `ollama` also those servers' own endpoints.
 *
 * What it answers to a chat, messages or Responses request, in this order: the oldest script that was posted and has turns left; `after_tool` where the last
 * message is a tool's result; the `[[marker]]` in the user messages after the last assistant message (scenarios.ts); "hello".
 *
 * - `POST /__script` `{"script": {…}, "times": 1}` queues a script (script.ts) for the next requests; with `"scenario": "name"` it
 *   defines that marker instead. `DELETE /__script` forgets all of it.
 * - `POST /__state` `{"loading": true}`: every route answers 503 as a llama-server that loads.
 * - `GET /__requests` what was received, with bodies; `DELETE /__requests` forgets it. `GET /__aborts`: which clients left, and when.
 *
 * From recordings of real servers: the chunk shapes, the native endpoints, llama-server's closing of the socket after each stream while
 * it promises keep-alive, its 503 while loading, its overflow error, Ollama's silent death. The other faults we made up; scenarios.ts
 * says which.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type Frame, jsonAnswer, playStream } from './completion.ts';
import { messagesAnswer, playMessages } from './messages.ts';
import { llamaCppAnswer, type NativeAnswer, ollamaAnswer, openaiAnswer } from './native.ts';
import { createOllamaMemory } from './ollama-memory.ts';
import { playPull } from './ollama-pull.ts';
import { messagesOf, playResponses, responsesAnswer } from './responses.ts';
import { overflowOf, scenarios, scriptOf } from './scenarios.ts';
import { type JsonRecord, readMarker, type Script } from './script.ts';

export type { Script, Step } from './script.ts';
export type Personality = Frame['personality'];

export interface FakeUpstreamOptions {
  /** 0 picks a free one. */
  readonly port?: number;
  readonly host?: string;
  readonly personality?: Personality;
  readonly models?: readonly string[];
  /** Wanted as Bearer or x-api-key on every route but /health. */
  readonly apiKey?: string;
  readonly contextWindow?: number;
  /** Refuses a prompt that is longer than the context window, as llama-server does; four bytes of a body count as a token. */
  readonly refusesOverflow?: boolean;
  /** Milliseconds for which a llama-server loads after its start. */
  readonly loadingMs?: number;
  /** Milliseconds that an Ollama takes to load a model when it is told to; what it has loaded at first is the first of its models. */
  readonly modelLoadMs?: number;
  /** Folder that `recording` scripts are read from. */
  readonly recordings?: string;
  /** What is answered to a chat, messages or Responses request, instead of the rules at the top of this file. */
  readonly model?: (body: Readonly<Record<string, unknown>>) => Script;
}

export interface ReceivedRequest {
  /** Counts from 0 over the server's life. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The client's port: the same one means the same connection. */
  readonly clientPort: number;
}

export interface Abort {
  /** Number of the request whose client left. */
  readonly request: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly headersSent: boolean;
}

export interface FakeUpstream {
  /** Without trailing slash and without /v1. */
  readonly url: string;
  readonly port: number;
  requests(): readonly ReceivedRequest[];
  aborts(): readonly Abort[];
  /** Answers the next `times` chat requests with this script. */
  enqueue(script: Script, times?: number): void;
  /** Sets what a `[[name]]` marker answers. */
  define(name: string, script: Script): void;
  setLoading(loading: boolean): void;
  /** What is in memory, as an Ollama. */
  loaded(): ReadonlySet<string>;
  clear(): void;
  close(): Promise<void>;
}

/** Bodies kept for /__requests, bytes; older ones are forgotten. */
const keptBytes = 64 * 1024 * 1024;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => (isRecord(part) && typeof part.text === 'string' ? part.text : '')).join('\n');
}

/** A Messages turn that gives the results of tools and says nothing beside them. */
function holdsOnlyResults(content: unknown): boolean {
  return (
    Array.isArray(content) &&
    content.length > 0 &&
    content.every((part) => isRecord(part) && part.type === 'tool_result')
  );
}

/** How an endpoint writes a script. */
const wires = {
  chat: { play: playStream, json: jsonAnswer },
  messages: { play: playMessages, json: messagesAnswer },
  responses: { play: playResponses, json: responsesAnswer },
} as const;

const wireOf: Readonly<Record<string, keyof typeof wires | undefined>> = {
  '/v1/chat/completions': 'chat',
  '/v1/messages': 'messages',
  '/v1/responses': 'responses',
};

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

export async function startFakeUpstream(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const personality = options.personality ?? 'openai';
  const models = [...(options.models ?? ['fake-model'])];
  const contextWindow = options.contextWindow ?? 32_768;
  const startedAt = Date.now();
  const memory = createOllamaMemory(models, options.modelLoadMs ?? 0);
  let loading = false;
  let counter = 0;
  let queue: { script: Script; times: number }[] = [];
  const defined = new Map<string, Script>();
  let received: ReceivedRequest[] = [];
  let receivedBytes = 0;
  let aborts: Abort[] = [];

  function chosenScript(body: Record<string, unknown>): Script {
    const queued = queue[0];
    if (queued !== undefined) {
      queued.times -= 1;
      if (queued.times <= 0) queue = queue.slice(1);
      return queued.script;
    }
    const messages: unknown[] = Array.isArray(body.messages) ? body.messages : [];
    const last = messages.at(-1);
    if (isRecord(last) && (last.role === 'tool' || holdsOnlyResults(last.content)))
      return defined.get('after_tool') ?? scenarios.after_tool ?? {};
    for (const message of messages.toReversed()) {
      if (!isRecord(message) || message.role === 'assistant') break;
      if (message.role !== 'user') continue;
      const marker = readMarker(textOf(message.content));
      if (marker === null) continue;
      const script = defined.get(marker.name) ?? scriptOf(marker);
      if (script !== null) return script;
    }
    return defined.get('hello') ?? scenarios.hello ?? {};
  }

  function sendJson(
    response: ServerResponse,
    status: number,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'text/plain' : 'application/json; charset=utf-8';
    response.writeHead(status, { 'content-type': type, 'content-length': String(Buffer.byteLength(text)), ...headers });
    response.end(text);
  }

  function sendNative(response: ServerResponse, answer: NativeAnswer): void {
    sendJson(response, answer.status, answer.body);
  }

  async function answerScript(
    response: ServerResponse,
    wire: keyof typeof wires,
    body: Record<string, unknown>,
    bytes: number,
  ): Promise<void> {
    const { play, json } = wires[wire];
    const promptTokens = Math.ceil(bytes / 4);
    const isTooLong = options.refusesOverflow === true && promptTokens > contextWindow;
    const asked = wire === 'responses' ? { messages: messagesOf(body.input) } : body;
    const script = isTooLong ? overflowOf(promptTokens, contextWindow) : (options.model?.(body) ?? chosenScript(asked));
    if (script.headersAfterMs !== undefined) await sleep(script.headersAfterMs);
    if (response.destroyed) return;
    if (script.http !== undefined) {
      sendJson(response, script.http.status, script.http.body ?? '', script.http.headers);
      return;
    }
    const streamOptions = body.stream_options;
    const frame: Frame = {
      id: `chatcmpl-${counter}`,
      model: typeof body.model === 'string' ? body.model : (models[0] ?? ''),
      created: Math.floor(Date.now() / 1000),
      promptTokens,
      includeUsage: isRecord(streamOptions) && streamOptions.include_usage === true,
      personality,
    };
    if (body.stream !== true || script.alwaysJson === true) {
      if (script.bodyAfterMs !== undefined) await sleep(script.bodyAfterMs);
      for (const step of script.steps ?? []) if ('wait' in step) await sleep(step.wait);
      if (script.end === 'cut') response.destroy(new Error('cut by script'));
      else if (script.end !== 'stall') sendJson(response, 200, json(script, frame), script.headers);
      return;
    }
    const socket = response.socket;
    await play(response, script, frame, options.recordings ?? '.');
    if (personality === 'llama-cpp' && response.writableEnded) response.once('finish', () => socket?.end());
  }

  async function handleControl(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method === 'DELETE' && path === '/__script') {
      queue = [];
      defined.clear();
    } else if (request.method === 'DELETE' && path === '/__requests') {
      received = [];
      receivedBytes = 0;
      aborts = [];
    } else if (request.method === 'GET' && path === '/__requests') return sendJson(response, 200, received);
    else if (request.method === 'GET' && path === '/__aborts') return sendJson(response, 200, aborts);
    else if (request.method === 'POST') {
      const body: unknown = JSON.parse(await readBody(request));
      if (!isRecord(body)) return sendJson(response, 400, { error: 'an object is wanted' });
      if (path === '/__state') loading = body.loading === true;
      else if (path === '/__script' && isRecord(body.script)) {
        if (typeof body.scenario === 'string') defined.set(body.scenario, body.script);
        else queue.push({ script: body.script, times: typeof body.times === 'number' ? body.times : 1 });
      } else return sendJson(response, 400, { error: '`script` is missing' });
    } else return sendJson(response, 404, { error: 'unknown control path' });
    sendJson(response, 200, { ok: true });
  }

  function remember(request: IncomingMessage, number: number, path: string, body: string): void {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers))
      headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
    received.push({
      number,
      at: Date.now(),
      method: request.method ?? '',
      path,
      headers,
      body,
      clientPort: request.socket.remotePort ?? 0,
    });
    receivedBytes += body.length;
    while (receivedBytes > keptBytes || received.length > 5000) receivedBytes -= received.shift()?.body.length ?? 0;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path.startsWith('/__')) return handleControl(request, response, path);
    const number = counter;
    counter += 1;
    if (personality === 'llama-cpp') response.setHeader('server', 'llama.cpp');
    response.once('close', () => {
      if (!response.writableFinished && !response.errored)
        aborts.push({ request: number, at: Date.now(), headersSent: response.headersSent });
    });
    const text = await readBody(request);
    remember(request, number, request.url ?? '/', text);
    if (loading || Date.now() - startedAt < (options.loadingMs ?? 0)) {
      return sendJson(response, 503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } });
    }
    const presented = request.headers.authorization?.replace(/^bearer /i, '') ?? request.headers['x-api-key'];
    if (options.apiKey !== undefined && path !== '/health' && presented !== options.apiKey) {
      return sendJson(response, 401, {
        error: { message: 'Invalid API Key', type: 'authentication_error', code: 401 },
      });
    }
    const wire = wireOf[path] ?? null;
    if (request.method === 'POST' && (wire !== null || path === '/v1/embeddings')) {
      let body: unknown;
      try {
        body = JSON.parse(text);
      } catch {
        return sendJson(response, 400, {
          error: { message: 'the body is not JSON', type: 'invalid_request_error', code: 400 },
        });
      }
      if (!isRecord(body))
        return sendJson(response, 400, {
          error: { message: 'the body is not an object', type: 'invalid_request_error', code: 400 },
        });
      if (wire !== null) return answerScript(response, wire, body, text.length);
      const embedding = Array.from({ length: Number(body.dimensions ?? 3) }, (_, at) => [0.25, -0.5, 1][at % 3] ?? 0);
      const inputs: unknown[] = Array.isArray(body.input) ? body.input : [body.input];
      const answer: JsonRecord = {
        object: 'list',
        model: typeof body.model === 'string' ? body.model : '',
        data: inputs.map((_, index) => ({ object: 'embedding', index, embedding })),
        usage: { prompt_tokens: inputs.length, total_tokens: inputs.length },
      };
      return sendJson(response, 200, answer);
    }
    const state = {
      models: [...models, ...memory.made.keys()],
      contextWindow,
      trainedContext: 131_072,
      loaded: memory.loaded,
    };
    switch (personality) {
      case 'llama-cpp':
        return sendNative(response, llamaCppAnswer(path, state));
      case 'ollama':
        if (path === '/api/pull') return playPull(response, JSON.parse(text).model, (name) => void models.push(name));
        return sendNative(response, (await memory.answer(path, text)) ?? ollamaAnswer(path, state));
      case 'openai':
        return sendNative(response, openaiAnswer(path, state));
    }
  }

  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    handle(request, response).catch((problem: unknown) => {
      // A client that left in the middle of its body is no fault of this server; anything else is a bug in a script.
      if (!request.destroyed) process.stderr.write(`fake upstream: ${String(problem)}\n`);
      response.destroy();
    });
  });
  server.keepAliveTimeout = 5000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
  });
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was bound');
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    requests: () => received,
    aborts: () => aborts,
    enqueue: (script, times = 1) => void queue.push({ script, times }),
    define: (name, script) => void defined.set(name, script),
    setLoading: (value) => {
      loading = value;
    },
    loaded: () => memory.loaded,
    clear: () => {
      queue = [];
      defined.clear();
      received = [];
      aborts = [];
      receivedBytes = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      personality: { type: 'string', default: 'openai' },
      model: { type: 'string', multiple: true },
      'api-key': { type: 'string' },
      context: { type: 'string' },
      'loading-ms': { type: 'string' },
      recordings: { type: 'string' },
    },
  });
  const personality = values.personality;
  if (personality !== 'openai' && personality !== 'llama-cpp' && personality !== 'ollama')
    throw new Error(`unknown personality ${personality}`);
  const fake = await startFakeUpstream({
    port: Number(values.port),
    personality,
    ...(values.model !== undefined && { models: values.model }),
    ...(values['api-key'] !== undefined && { apiKey: values['api-key'] }),
    ...(values.context !== undefined && { contextWindow: Number(values.context) }),
    ...(values['loading-ms'] !== undefined && { loadingMs: Number(values['loading-ms']) }),
    ...(values.recordings !== undefined && { recordings: values.recordings }),
  });
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: fake.url, pid: process.pid })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void fake.close());
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
