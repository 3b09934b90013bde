import { join } from 'node:path';
import type { JsonObject, JsonValue } from '../../src-shared/json.ts';
import { type AgentSetup, type CodingAgent, everyonesFile, type Surroundings, unheeded } from './coding-agent.ts';
import { type ConfigValue, describePath, leavesOf, valueAt } from './config-value.ts';
import { tomlFormat } from './toml-format.ts';

/** Never one of Codex's own (`openai`, `ollama`, `lmstudio`): for those it adds fields and ways of its own. */
const provider = 'dragoman';
/** Its own: other agents that Dragoman sets up read others. */
const keyVariable = 'DRAGOMAN_CODEX_KEY';

/** Codex, by a provider of its own in `config.toml`; `auth.json` is never touched. Keys as 0.169.0 has them. */
export const codex: CodingAgent = {
  id: 'codex',
  label: 'Codex',
  executables: ['codex'],
  packages: ['@openai/codex'],
  needs: [
    { version: '0.169.0', without: 'the models of the gateway do not show in /model' },
    { version: '0.134.0', without: 'a profile (`-p dragoman`) is not read from a file of its own' },
  ],
  basePath: '/v1',
  variables: unheeded('Codex', ['CODEX_API_KEY', 'OPENAI_API_KEY', 'OPENAI_BASE_URL']),
  proxyInFile: false,
  keyVariable,
  restart:
    'Codex’s background process keeps the settings and variables it started with: end it (`codex app-server daemon stop`, or log out and in) and start Codex again, its app and editor extensions, too.',
  headless: ['exec', '--skip-git-repo-check', '--sandbox', 'workspace-write', '-'],
  format: () => tomlFormat,
  files: (scope, surroundings) => {
    const home = codexHome(surroundings);
    if (scope === 'user') return [join(home, 'config.toml')];
    return scope === 'profile' ? [join(home, `${provider}.config.toml`)] : null;
  },
  above: (surroundings, folder) => [
    ...(folder === null ? [] : [{ path: join(folder, '.codex', 'config.toml'), kind: 'project-settings' as const }]),
    {
      path: everyonesFile(
        surroundings,
        { linux: '/etc/codex', mac: '/etc/codex', windows: codexHome(surroundings) },
        'managed_config.toml',
      ),
      kind: 'managed-policy',
    },
  ],
  remembers: (surroundings) => [{ path: join(codexHome(surroundings), 'config.toml'), keysOf: ['projects'] }],
  wanted: (setup, path) => ({
    path,
    format: tomlFormat,
    values: () =>
      Object.entries(configuration(setup, keyEntries(setup))).flatMap(([key, value]) =>
        value === undefined ? [] : [{ path: [key], value }],
      ),
  }),
  state: (config) => {
    const name = valueAt(config, ['model_provider']);
    const baseUrl = typeof name === 'string' ? valueAt(config, ['model_providers', name, 'base_url']) : undefined;
    return { baseUrl: textOrNull(baseUrl), model: textOrNull(valueAt(config, ['model'])) };
  },
  launch: (setup) => ({
    args: leavesOf([], configuration(setup, { env_key: keyVariable })).flatMap(({ path, value }) => [
      '-c',
      `${describePath(path)}=${writeFlag(value)}`,
    ]),
    environment: {
      [keyVariable]: setup.key,
    },
  }),
};

function codexHome({ environment, userDirectory }: Surroundings): string {
  return environment.CODEX_HOME || join(userDirectory, '.codex');
}

/** Where both are set, `env_key` counts; where its variable is missing, Codex ends with these instructions (0.169.0). */
function keyEntries({ key, keyFrom }: AgentSetup): JsonObject {
  if (keyFrom !== 'environment') return { experimental_bearer_token: key };
  return {
    env_key: keyVariable,
    env_key_instructions:
      'Dragoman has set Codex up to find its key there. Start it with `dragoman run codex`, or set the variable to what `dragoman key show codex` prints.',
  };
}

function configuration({ gateway, model, quiet }: AgentSetup, key: JsonObject): JsonObject {
  return {
    model: model.id,
    model_provider: provider,
    ...(model.contextWindow !== null && { model_context_window: model.contextWindow }),
    model_providers: {
      [provider]: {
        name: 'Dragoman',
        base_url: `${gateway}/v1`,
        wire_api: 'responses',
        ...key,
        supports_websockets: false,
        model_catalog_url: `${gateway}/v1/models`,
        // A long prompt takes a local model minutes; milliseconds.
        stream_idle_timeout_ms: 600_000,
      },
    },
    ...(quiet && {
      check_for_update_on_startup: false,
      analytics: { enabled: false },
      feedback: { enabled: false },
      otel: { metrics_exporter: 'none' },
      features: { apps: false, plugins: false },
    }),
  };
}

/** The value of a `-c` flag is TOML; what we write there is alike in JSON. */
function writeFlag(value: JsonValue): string {
  return JSON.stringify(value);
}

function textOrNull(value: ConfigValue): string | null {
  return typeof value === 'string' ? value : null;
}
