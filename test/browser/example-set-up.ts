import type { AgentEntry } from '../../src-shared/agents.ts';
import type { Capabilities, ModelEntry, ServerEntry } from '../../src-shared/catalogue.ts';
import type { ListedServer } from '../../src-shared/control.ts';

const untold: Capabilities = { tools: null, parallelTools: null, vision: null, reasoning: null, embeddings: null };

function model(server: string, name: string, changed: Partial<ModelEntry>): ModelEntry {
  const contextWindow = { inForce: null, maximum: null, source: null };
  return {
    id: `${server}/${name}`,
    upstreamModel: name,
    loaded: null,
    contextWindow,
    capabilities: untold,
    ...changed,
  };
}

const local = { found: 'detected', state: 'up', message: null } as const;

/** Four servers as a developer may well have them. */
export const exampleServers: readonly ServerEntry[] = [
  {
    ...local,
    id: 'ollama',
    kind: 'ollama',
    baseUrl: 'http://127.0.0.1:11434',
    version: '0.33.0',
    models: [
      model('ollama', 'qwen3-coder:30b', {
        loaded: true,
        loading: 'idle',
        contextWindow: { inForce: 65_536, maximum: 262_144, source: 'api/ps' },
        capabilities: { ...untold, tools: true, vision: true, reasoning: true },
      }),
      model('ollama', 'qwen3:4b', {
        loaded: false,
        loading: 'idle',
        contextWindow: { inForce: 4_096, maximum: 262_144, source: 'estimate' },
        capabilities: { ...untold, tools: true },
      }),
    ],
  },
  {
    ...local,
    id: 'llama-cpp',
    kind: 'llama-cpp',
    baseUrl: 'http://127.0.0.1:8080',
    version: 'b11669',
    models: [
      model('llama-cpp', 'gpt-oss-20b', {
        loaded: true,
        contextWindow: { inForce: 131_072, maximum: 131_072, source: 'props' },
        capabilities: { ...untold, tools: true, reasoning: true },
      }),
    ],
  },
  {
    id: 'lm-studio',
    kind: 'lm-studio',
    baseUrl: 'http://127.0.0.1:1234',
    found: 'configured',
    state: 'down',
    version: null,
    message: 'Nothing answers at 127.0.0.1:1234. Start it with `lms server start`.',
    models: [],
  },
  {
    id: 'gpu-box',
    kind: 'vllm',
    baseUrl: 'http://gpu-box:8000',
    found: 'configured',
    state: 'up',
    version: '0.26.0',
    message: null,
    models: [
      model('gpu-box', 'Qwen/Qwen3-Coder-30B-A3B', {
        loaded: true,
        contextWindow: { inForce: 131_072, maximum: null, source: 'v1/models' },
        capabilities: { ...untold, tools: true },
      }),
    ],
  },
];

/** The same as what can be done with them. */
export const exampleListed: readonly ListedServer[] = exampleServers.map(({ models, ...server }) => {
  const { id, kind, baseUrl, found } = server;
  const secret = id === 'gpu-box' ? ({ from: 'keychain' } as const) : null;
  return {
    ...server,
    enabled: true,
    models: models.length,
    secret,
    secretProblem: null,
    description: found === 'detected' ? null : { id, kind, baseUrl, ...(secret !== null && { secret }) },
  };
});

/** The agents of the same developer. */
export const exampleAgents: readonly AgentEntry[] = (
  [
    ['claude-code', 'Claude Code', '2.1.329', 'ollama/qwen3-coder:30b'],
    ['codex', 'Codex', '0.169.0', 'llama-cpp/gpt-oss-20b'],
    ['opencode', 'OpenCode', '1.18.33', 'ollama/qwen3-coder:30b'],
    ['qwen-code', 'Qwen Code', '0.25.0', null],
  ] as const
).map(([id, label, version, model]) => ({
  id,
  label,
  version,
  model,
  installed: true,
  tooOld: null,
  quiet: true,
  state: model === null ? 'not-set-up' : 'set-up',
  slots: model === null ? {} : { default: model },
  baseUrl: model === null ? null : 'http://127.0.0.1:4747',
  since: model === null ? null : '2026-11-17T09:00:00Z',
  files: [],
  drift: [],
  kept: null,
  otherScopes: [],
  conflicts: [],
}));
