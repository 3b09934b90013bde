import { expect, test } from 'vitest';
import { modelsReport } from '../../../src-main/models/catalogue.ts';
import { model, up, world } from './servers.ts';

test('the report is what `dragoman models --json` promises', () => {
  const capabilities = { tools: true, parallelTools: null, vision: false, reasoning: true, embeddings: false };
  const made = world(
    {
      upstreams: [
        {
          id: 'gpu-box',
          kind: 'openai-compatible',
          baseUrl: 'http://gpu-box:8000/v1',
          models: { m: { contextWindow: 65536 } },
        },
      ],
      models: [{ id: 'coder', upstream: 'gpu-box', model: 'm' }],
      slots: { opus: 'coder' },
    },
    {},
    {
      ollama: up(
        model('qwen3:4b', {
          loaded: true,
          contextWindow: { inForce: 4096, maximum: 262144, source: 'api/ps' },
          capabilities,
        }),
      ),
    },
  );
  expect(modelsReport(made.snapshot, made.settings, 'http://127.0.0.1:4747')).toEqual({
    gateway: { running: true, url: 'http://127.0.0.1:4747' },
    servers: [
      {
        id: 'gpu-box',
        kind: 'openai-compatible',
        baseUrl: 'http://gpu-box:8000/v1',
        found: 'configured',
        state: 'down',
        version: null,
        message: 'It was not asked yet.',
        models: [
          {
            id: 'gpu-box/m',
            upstreamModel: 'm',
            loaded: null,
            contextWindow: { inForce: 65536, maximum: null, source: 'settings' },
            capabilities: { tools: null, parallelTools: null, vision: null, reasoning: null, embeddings: null },
          },
        ],
      },
      {
        id: 'ollama',
        kind: 'ollama',
        baseUrl: 'http://127.0.0.1:11434',
        found: 'detected',
        state: 'up',
        version: '1',
        message: null,
        models: [
          {
            id: 'ollama/qwen3:4b',
            upstreamModel: 'qwen3:4b',
            loaded: true,
            contextWindow: { inForce: 4096, maximum: 262144, source: 'api/ps' },
            capabilities,
          },
        ],
      },
    ],
    aliases: [{ id: 'coder', target: 'gpu-box/m' }],
    slots: { opus: 'coder' },
  });
  expect(modelsReport(made.snapshot, made.settings, null).gateway).toEqual({ running: false, url: null });
});
