import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeAnswer } from './native.ts';

/**
 * What an Ollama has in memory, and how it is told to change that (recorded on 0.33: preload, unload; its server/routes.go for a model that only embeds,
 * which is one with "embed" in its name here),
 * and the models that are made from others (recorded: create-derived, show-derived).
 */
export interface OllamaMemory {
  readonly loaded: ReadonlySet<string>;
  /** The context window of each model that was made from another. */
  readonly made: ReadonlyMap<string, number>;
  /** The answer to a request that loads, unloads, makes a model or is about a made one; null for any other. */
  answer(path: string, body: string): Promise<NativeAnswer | null>;
}

export function createOllamaMemory(models: readonly string[], loadMs: number): OllamaMemory {
  const loaded = new Set(models.slice(0, 1));
  const made = new Map<string, number>();
  return {
    loaded,
    made,
    async answer(path, body) {
      if (path === '/api/create') {
        const { model, from, parameters } = JSON.parse(body);
        if (!models.includes(from)) return { status: 404, body: { error: `model '${from}' not found` } };
        made.set(model, parameters.num_ctx);
        return { status: 200, body: { status: 'success' } };
      }
      if (path === '/api/show') {
        const window = made.get(JSON.parse(body).model);
        return window === undefined ? null : { status: 200, body: shown(window) };
      }
      if (path !== '/api/generate' && path !== '/api/embed') return null;
      const { model, keep_alive: keepAlive } = JSON.parse(body);
      if (!models.includes(model) && !made.has(model))
        return { status: 404, body: { error: `model '${model}' not found` } };
      if (keepAlive === 0) loaded.delete(model);
      else if (path === '/api/generate' && /embed/.test(model))
        return { status: 400, body: { error: `"${model}" does not support generate` } };
      else {
        await sleep(loadMs);
        loaded.add(model);
      }
      if (path === '/api/embed') return { status: 200, body: { model, embeddings: [] } };
      const reason = keepAlive === 0 ? 'unload' : 'load';
      return {
        status: 200,
        body: { model, created_at: '2026-11-21T01:40:38Z', response: '', done: true, done_reason: reason },
      };
    },
  };
}

function shown(contextWindow: number) {
  return {
    parameters: `num_ctx                        ${contextWindow}`,
    model_info: { 'general.architecture': 'llama', 'llama.context_length': 131_072 },
    capabilities: ['completion', 'tools', 'thinking'],
  };
}
