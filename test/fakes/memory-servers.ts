import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** The parts of LM Studio and of a llama-server router that load and unload models; each of a request that was made is in `asked`. */
export interface MemoryServer {
  readonly url: string;
  readonly asked: readonly string[];
  close(): Promise<void>;
}

type Answer = readonly [status: number, body: unknown];

/** LM Studio ≥ 0.4.0 with one model that it may hold in several instances (its documentation, pages rest/list, rest/load, rest/unload). */
export function startLmStudio(instances: readonly string[]): Promise<MemoryServer> {
  const loaded = new Set(instances);
  return start((path, body) => {
    switch (path) {
      case 'GET /api/v1/models':
        return [
          200,
          { models: [{ type: 'llm', key: 'qwen3', max_context_length: 40_960, loaded_instances: listed() }] },
        ];
      case 'POST /api/v1/models/load':
        if (body.model !== 'qwen3') return [404, { error: { type: 'model_not_found', message: 'Model not found' } }];
        loaded.add('qwen3');
        return [200, { type: 'llm', instance_id: 'qwen3', load_time_seconds: 0.1, status: 'loaded' }];
      case 'POST /api/v1/models/unload':
        loaded.delete(String(body.instance_id));
        return [200, { instance_id: body.instance_id }];
      default:
        return [200, { error: `Unexpected endpoint or method. (${path})` }];
    }
  });

  function listed(): readonly unknown[] {
    return [...loaded].map((id) => ({ id, config: { context_length: 4096 } }));
  }
}

/** A router with a model that can be loaded and one whose process ends (recorded on b11669: load-tiny-b, load-broken, unload, v1-models-*, models/sse). */
export function startLlamaRouter(loadMs: number, { autoload = true } = {}): Promise<MemoryServer> {
  const state = new Map([
    ['tiny', 'unloaded'],
    ['broken', 'unloaded'],
  ]);
  const failed = new Set<string>();
  const listening = new Set<ServerResponse>();
  const tell = (model: string, data: unknown): void => {
    for (const one of listening) one.write(`data: ${JSON.stringify({ model, event: 'status_change', data })}\n\n`);
  };
  const load = async (model: string): Promise<void> => {
    state.set(model, 'loading');
    failed.delete(model);
    for (const value of [0, 0.25, 0.5, 1]) {
      await sleep(loadMs / 4);
      tell(model, { status: 'loading', progress: { stages: ['text_model'], current: 'text_model', value } });
    }
    state.set(model, model === 'broken' ? 'unloaded' : 'loaded');
    if (model === 'broken') failed.add(model);
  };
  const answer = (path: string, body: Record<string, unknown>): Answer => {
    const model = String(body.model);
    switch (path) {
      case 'GET /props':
        return [200, { role: 'router', max_instances: 2, models_autoload: autoload, build_info: 'b11669' }];
      case 'GET /v1/models':
        return [
          200,
          { data: [...state].map(([id, value]) => ({ id, owned_by: 'llamacpp', status: statusOf(id, value) })) },
        ];
      case 'POST /models/load':
        if (state.get(model) !== 'unloaded') return refusal(400, 'model is already running');
        void load(model);
        return [200, { success: true }];
      case 'POST /models/unload':
        if (state.get(model) === 'unloaded') return refusal(400, 'model is not running');
        state.set(model, 'unloaded');
        return [200, { success: true }];
      default:
        return refusal(400, 'model is not loaded');
    }
  };
  return start(answer, (path, response) => {
    if (path !== 'GET /models/sse') return false;
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    listening.add(response);
    response.once('close', () => listening.delete(response));
    return true;
  });

  function statusOf(id: string, value: string): unknown {
    return failed.has(id) ? { value, failed: true, exit_code: 1 } : { value };
  }
}

function refusal(code: number, message: string): Answer {
  return [code, { error: { code, message, type: 'invalid_request_error' } }];
}

/** @param stream answers a path that is no JSON by itself, and says whether it is one */
async function start(
  answer: (path: string, body: Record<string, unknown>) => Answer,
  stream: (path: string, response: ServerResponse) => boolean = () => false,
): Promise<MemoryServer> {
  const asked: string[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let text = '';
    for await (const piece of request) text += piece;
    const path = `${request.method} ${request.url?.split('?')[0]}`;
    if (stream(path, response)) return;
    if (request.method === 'POST') asked.push(`${path} ${text}`);
    const [status, body] = answer(path, text === '' ? {} : JSON.parse(text));
    response.writeHead(status, { 'content-type': 'application/json', server: 'llama.cpp' }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was bound');
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
