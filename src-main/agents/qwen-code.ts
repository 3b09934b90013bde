import { join } from 'node:path';
import type { JsonObject } from '../../src-shared/json.ts';
import {
  type AgentModel,
  type AgentSetup,
  type CodingAgent,
  everyonesFile,
  type Surroundings,
  unheeded,
} from './coding-agent.ts';
import { type ConfigValue, isEmptyContainer, valueAt } from './config-value.ts';
import { jsonFormat } from './json-format.ts';
import type { WantedValue } from './owned-values.ts';

const keyVariable = 'DRAGOMAN_API_KEY';
/** It takes comments away before it parses, and nothing else. */
const format = jsonFormat({ comments: true, trailingCommas: false });

/** Qwen Code, by `modelProviders` in its `settings.json`, beside the user's own. Keys as 0.24.4 has them. */
export const qwenCode: CodingAgent = {
  id: 'qwen-code',
  label: 'Qwen Code',
  executables: ['qwen'],
  packages: ['@qwen-code/qwen-code'],
  needs: [{ version: '0.24.0', without: '`modelProviders` is not read' }],
  basePath: '/v1',
  variables: [
    {
      name: keyVariable,
      effect: 'Qwen Code takes it as its key, not the one in its settings.',
      remedy: 'Take it away where you start Qwen Code.',
    },
    ...unheeded('Qwen Code', ['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_MODEL']),
  ],
  proxyInFile: false,
  restart: 'Sessions that run already keep the settings they started with.',
  headless: ['--approval-mode', 'auto-edit'],
  format: () => format,
  files: (scope, surroundings) => {
    if (scope === 'profile') return null;
    const folder = scope === 'user' ? qwenHome(surroundings) : join(scope, '.qwen');
    return [join(folder, 'settings.json')];
  },
  above: (surroundings, folder) => [
    ...(folder === null ? [] : [{ path: join(folder, '.qwen', 'settings.json'), kind: 'project-settings' as const }]),
    {
      path:
        surroundings.environment.QWEN_CODE_SYSTEM_SETTINGS_PATH ||
        everyonesFile(
          surroundings,
          {
            linux: '/etc/qwen-code',
            mac: '/Library/Application Support/QwenCode',
            windows: 'C:\\ProgramData\\qwen-code',
          },
          'settings.json',
        ),
      kind: 'managed-policy',
    },
  ],
  remembers: (surroundings) => [{ path: join(qwenHome(surroundings), 'trustedFolders.json'), keysOf: [] }],
  wanted: (setup, path) => ({ path, format, values: (base) => values(setup, base) }),
  state: (config) => {
    const model = valueAt(config, ['model', 'name']);
    if (typeof model !== 'string') return { baseUrl: null, model: null };
    const chosen = valueAt(config, ['modelProviders', 'openai', { item: { id: model } }, 'baseUrl']);
    return { baseUrl: typeof chosen === 'string' ? chosen : null, model };
  },
  launch: (setup) => ({
    args: ['--auth-type', 'openai', '--model', setup.model.id],
    environment: {
      OPENAI_API_KEY: setup.key,
      OPENAI_BASE_URL: `${setup.gateway}/v1`,
      OPENAI_MODEL: setup.model.id,
      ...(setup.quiet && { QWEN_USAGE_STATISTICS_ENABLED: 'false' }),
    },
  }),
};

function qwenHome({ environment, userDirectory }: Surroundings): string {
  return environment.QWEN_HOME || join(userDirectory, '.qwen');
}

function values(setup: AgentSetup, base: ConfigValue): readonly WantedValue[] {
  const models = new Map([setup.model, ...setup.models].map((model) => [model.id, model]));
  return [
    // A file of an older version is brought up to date by Qwen Code itself.
    ...(isEmptyContainer(base) ? [{ path: ['$version'], value: 4 }] : []),
    ...[...models.values()].map((model) => ({
      path: ['modelProviders', 'openai', { item: { id: model.id, envKey: keyVariable } }],
      value: modelEntry(setup, model),
    })),
    { path: ['env', keyVariable], value: setup.key },
    { path: ['security', 'auth', 'selectedType'], value: 'openai' },
    { path: ['model', 'name'], value: setup.model.id },
    ...(setup.quiet
      ? [
          { path: ['privacy', 'usageStatisticsEnabled'], value: false },
          { path: ['telemetry', 'enabled'], value: false },
          { path: ['general', 'enableAutoUpdate'], value: false },
        ]
      : []),
  ];
}

function modelEntry({ gateway }: AgentSetup, { id, contextWindow, vision }: AgentModel): JsonObject {
  const generationConfig: JsonObject = {
    ...(contextWindow !== null && { contextWindowSize: contextWindow }),
    ...(vision !== null && { modalities: { image: vision } }),
  };
  return {
    id,
    name: `${id} (Dragoman)`,
    envKey: keyVariable,
    baseUrl: `${gateway}/v1`,
    ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
  };
}
