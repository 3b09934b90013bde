import { readFileSync } from 'node:fs';
import { httpServer, type LocalServer } from './local-server.ts';

interface Recording {
  readonly request: { readonly method: string; readonly path: string };
  readonly response: { readonly status: number; readonly headers: Record<string, string>; readonly body: unknown };
}

const folder = new URL('../../fixtures/model-servers/', import.meta.url);

/** @param from another folder with recordings */
export function recording(name: string, from: URL = folder): Recording {
  return JSON.parse(readFileSync(new URL(`${name}.json`, from), 'utf8'));
}

const framing = new Set(['content-length', 'connection', 'transfer-encoding', 'date']);

/**
 * Serves what real servers answered, by method and path. `anything` answers what was not recorded.
 * `asked` collects each request as "METHOD path".
 */
export function recordedServer(
  names: readonly string[],
  anything: string,
  more: { readonly port?: number; readonly host?: string; readonly asked?: string[]; readonly folder?: URL } = {},
): Promise<LocalServer> {
  const answers = new Map(
    names.map((name) => [keyOf(recording(name, more.folder).request), recording(name, more.folder).response]),
  );
  const other = recording(anything, more.folder).response;
  return httpServer(
    (request, response) => {
      const key = keyOf({ method: request.method ?? '', path: request.url ?? '' });
      more.asked?.push(key);
      request.resume();
      const answer = answers.get(key) ?? other;
      const headers = Object.entries(answer.headers).filter(([name]) => !framing.has(name));
      response.writeHead(answer.status, Object.fromEntries(headers));
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    },
    more.port,
    more.host,
  );
}

function keyOf(request: { readonly method: string; readonly path: string }): string {
  return `${request.method} ${request.path}`;
}

export const llamaSingle = ['single/props', 'single/v1-models', 'single/input-tokens-chat'];
export const llamaRouter = ['router/props-router', 'router/v1-models-loaded'];
export const ollamaServer = [
  'ollama/root',
  'ollama/api-version',
  'ollama/api-tags',
  'ollama/api-ps',
  'ollama/api-show',
];
export const lmStudioServer = ['lm-studio/api-v1-models', 'lm-studio/v1-models'];
export const olderLmStudio = ['lm-studio-0.3/api-v0-models', 'lm-studio-0.3/v1-models'];
export const vllmServer = ['vllm/v1-models', 'vllm/version', 'vllm/tokenize'];
export const sglangServer = [
  'sglang/root',
  'sglang/api-version',
  'sglang/api-tags',
  'sglang/get-model-info',
  'sglang/v1-models',
];
