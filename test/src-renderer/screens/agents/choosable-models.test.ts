import { describe, expect, test } from 'vitest';
import { choosableModels, proposedModel } from '../../../../src-renderer/screens/agents/choosable-models.ts';
import type { ModelEntry, ModelsReport, ServerEntry } from '../../../../src-shared/catalogue.ts';

const model = (id: string, changed: Partial<ModelEntry> = {}, embeddings: boolean | null = null): ModelEntry => ({
  id,
  upstreamModel: id,
  loaded: null,
  contextWindow: { inForce: null, maximum: null, source: null },
  capabilities: { tools: null, parallelTools: null, vision: null, reasoning: null, embeddings },
  ...changed,
});
const server = (id: string, models: readonly ModelEntry[], state: ServerEntry['state'] = 'up'): ServerEntry => ({
  id,
  kind: 'openai-compatible',
  baseUrl: 'http://box/v1',
  found: 'configured',
  state,
  version: null,
  message: null,
  models: [...models],
});
const report = (changed: Partial<ModelsReport>): ModelsReport => ({
  gateway: { running: true, url: 'http://127.0.0.1:4747' },
  servers: [],
  aliases: [],
  slots: {},
  ...changed,
});

describe('the models to choose from', () => {
  test('are aliases and what usable servers have, but for embeddings; one that was chosen before is not lost', () => {
    const all = report({
      aliases: [{ id: 'coder', target: 'a/x' }],
      servers: [
        server('a', [model('a/x', { loaded: false }), model('a/embed', {}, true)]),
        server('down', [model('down/y')], 'down'),
      ],
    });
    expect(choosableModels(all, ['a/x', 'down/y', 'down/y'])).toEqual([
      { name: 'Aliases', models: [{ id: 'coder', label: 'coder → a/x' }] },
      { name: 'a', models: [{ id: 'a/x', label: 'a/x (not loaded)' }] },
      { name: 'Chosen before', models: [{ id: 'down/y', label: 'down/y (not reachable)' }] },
    ]);
    expect(choosableModels(report({}), [])).toEqual([]);
  });

  test('the default slot’s is proposed, else a loaded one that calls tools, else the first', () => {
    const models = [model('a/x', { loaded: false }), model('a/y', { loaded: true })];
    const servers = [server('a', models)];
    expect(proposedModel(report({ servers, slots: { default: 'a/x' } }))).toBe('a/x');
    expect(proposedModel(report({ servers }))).toBe('a/y');
    expect(proposedModel(report({ servers: [server('a', models.slice(0, 1))] }))).toBe('a/x');
    expect(proposedModel(report({ servers: [server('a', models, 'down')] }))).toBeNull();
  });
});
