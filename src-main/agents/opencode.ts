import { isAbsolute, join } from 'node:path';
import type { JsonObject, JsonValue } from '../../src-shared/json.ts';
import {
  type AgentModel,
  type AgentSetup,
  type CodingAgent,
  everyonesFile,
  modelOf,
  outputLimit,
} from './coding-agent.ts';
import { type ConfigValue, valueAt } from './config-value.ts';
import { jsonFormat } from './json-format.ts';
import type { WantedValue } from './owned-values.ts';

const provider = 'dragoman';
const schema = 'https://opencode.ai/config.json';
const format = jsonFormat({ comments: true, trailingCommas: true });

/** OpenCode, by a provider of its own in `opencode.json` or `opencode.jsonc`. Keys as 1.18.33 has them. */
export const opencode: CodingAgent = {
  id: 'opencode',
  label: 'OpenCode',
  executables: ['opencode'],
  packages: ['opencode-'],
  needs: [{ version: '1.0.0', without: 'its configuration has other keys' }],
  basePath: '/v1',
  variables: ['OPENCODE_CONFIG', 'OPENCODE_CONFIG_CONTENT', 'OPENCODE_CONFIG_DIR'].map((name) => ({
    name,
    effect: 'What it names beats what Dragoman has written, wherever both say something.',
    remedy: 'Take it away where you start OpenCode.',
  })),
  proxyInFile: false,
  restart: 'Sessions that run already keep the settings they started with.',
  headless: ['run'],
  format: () => format,
  files: (scope, { environment, userDirectory }, exists) => {
    if (scope === 'profile') return null;
    const configured = environment.XDG_CONFIG_HOME;
    const configHome = configured && isAbsolute(configured) ? configured : join(userDirectory, '.config');
    const folder = scope === 'user' ? join(configHome, 'opencode') : scope;
    // Of the two it reads, the one with comments beats the other.
    const commented = join(folder, 'opencode.jsonc');
    return [exists(commented) ? commented : join(folder, 'opencode.json')];
  },
  above: (surroundings, folder) => [
    ...(folder === null
      ? []
      : ['opencode.json', 'opencode.jsonc', join('.opencode', 'opencode.json')].map((name) => ({
          path: join(folder, name),
          kind: 'project-settings' as const,
        }))),
    {
      path: everyonesFile(
        surroundings,
        {
          linux: '/etc/opencode',
          mac: '/Library/Application Support/opencode',
          windows: 'C:\\ProgramData\\opencode',
        },
        'opencode.json',
      ),
      kind: 'managed-policy',
    },
  ],
  wanted: (setup, path, _surroundings, below) => ({ path, format, values: (base) => values(setup, base, below) }),
  state: (config) => {
    const model = valueAt(config, ['model']);
    const name = typeof model === 'string' ? (model.split('/')[0] ?? '') : '';
    const baseUrl = valueAt(config, ['provider', name, 'options', 'baseURL']);
    return {
      baseUrl: typeof baseUrl === 'string' ? baseUrl : null,
      model: typeof model === 'string' ? (name === provider ? model.slice(provider.length + 1) : model) : null,
    };
  },
  launch: (setup) => ({
    args: [],
    environment: {
      OPENCODE_CONFIG_CONTENT: JSON.stringify({ ...Object.fromEntries(entries(setup)), enabled_providers: [provider] }),
      ...(setup.quiet && { OPENCODE_DISABLE_AUTOUPDATE: '1', OPENCODE_DISABLE_MODELS_FETCH: '1' }),
    },
  }),
};

function values(setup: AgentSetup, base: ConfigValue, below: ConfigValue): readonly WantedValue[] {
  const enabledBelow = valueAt(below, ['enabled_providers']);
  return [
    // OpenCode writes it into a file that has none.
    ...(valueAt(base, ['$schema']) === undefined ? [{ path: ['$schema'], value: schema }] : []),
    ...entries(setup).flatMap(([key, value]) => (key === '$schema' ? [] : [{ path: [key], value }])),
    // With such a list it takes no provider but those in it.
    ...(Array.isArray(valueAt(base, ['enabled_providers']))
      ? [{ path: ['enabled_providers', { item: provider }], value: provider }]
      : isTextList(enabledBelow)
        ? [{ path: ['enabled_providers'], value: [...enabledBelow.filter((name) => name !== provider), provider] }]
        : []),
  ];
}

function isTextList(value: ConfigValue): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function entries(setup: AgentSetup): readonly (readonly [string, JsonValue])[] {
  const models = new Map(
    [...setup.models, setup.model, modelOf(setup, 'haiku')].map((model) => [model.id, modelEntry(model)]),
  );
  return [
    ['$schema', schema],
    ['model', `${provider}/${setup.model.id}`],
    ['small_model', `${provider}/${modelOf(setup, 'haiku').id}`],
    // What the user chose for these two beats the common model.
    ['agent', { build: { model: `${provider}/${setup.model.id}` }, plan: { model: `${provider}/${setup.model.id}` } }],
    [
      'provider',
      {
        [provider]: {
          npm: '@ai-sdk/openai-compatible',
          name: 'Dragoman',
          options: { baseURL: `${setup.gateway}/v1`, apiKey: setup.key, timeout: false },
          models: Object.fromEntries(models),
        },
      },
    ],
    ...(setup.quiet
      ? ([
          ['autoupdate', false],
          ['share', 'disabled'],
        ] as const)
      : []),
  ];
}

function modelEntry(model: AgentModel): JsonObject {
  const output = outputLimit(model);
  return {
    name: model.id,
    tool_call: model.tools !== false,
    ...(model.reasoning !== null && { reasoning: model.reasoning }),
    ...(model.vision !== null && {
      attachment: model.vision,
      modalities: { input: model.vision ? ['text', 'image'] : ['text'], output: ['text'] },
    }),
    ...(model.contextWindow !== null && output !== null && { limit: { context: model.contextWindow, output } }),
  };
}
