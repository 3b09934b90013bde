import { join } from 'node:path';
import type { JsonObject } from '../../src-shared/json.ts';
import {
  type AgentSetup,
  type CodingAgent,
  everyonesFile,
  modelOf,
  outputLimit,
  type Surroundings,
  unheeded,
} from './coding-agent.ts';
import { type ConfigValue, valueAt } from './config-value.ts';
import { jsonFormat } from './json-format.ts';
import { withLoopback } from './no-proxy.ts';

/** Claude Code drops a file that is not strict JSON as a whole, with no more than a notice (2.1.329). */
const format = jsonFormat({ comments: false, trailingCommas: false });

const keyVariable = 'DRAGOMAN_API_KEY';
/** A command whose output is the key, for a shell of POSIX; it is asked only where no other key is set. */
const printKey = `printf %s "$${keyVariable}"`;
/** Switches that have Claude Code ask a cloud's service. */
const clouds = ['ANTHROPIC_AWS', 'ANTHROPIC_GOOGLE_CLOUD', 'BEDROCK', 'FOUNDRY', 'GATEWAY', 'MANTLE', 'VERTEX'].map(
  (cloud) => `CLAUDE_CODE_USE_${cloud}`,
);
const noKeys = { ANTHROPIC_AUTH_TOKEN: '', ANTHROPIC_API_KEY: '' };

/**
 * Claude Code, by the `env` of its `settings.json`, which beats the process's environment. Names as 2.1.329 has them; the base URL is
 * without `/v1`.
 */
export const claudeCode: CodingAgent = {
  id: 'claude-code',
  label: 'Claude Code',
  executables: ['claude'],
  packages: ['@anthropic-ai/claude-code'],
  // By its change log.
  needs: [
    { version: '2.1.129', without: 'the models of the gateway do not show in /model' },
    { version: '2.1.50', without: 'it may count on a larger context window than the model has' },
    { version: '1.0.61', without: '`dragoman run` does not beat its own settings' },
  ],
  basePath: '',
  variables: [
    ...clouds.map((name) => ({
      name,
      effect: 'Claude Code asks that cloud’s service, whatever address Dragoman has written.',
      remedy: 'Take it away where you start Claude Code.',
    })),
    {
      name: 'ANTHROPIC_API_KEY',
      effect: 'Claude Code sends it to the gateway beside its own key; it goes no further.',
      remedy: 'Take it away where nothing else needs it.',
    },
    ...unheeded('Claude Code', ['ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL', 'ANTHROPIC_MODEL']),
  ],
  proxyInFile: true,
  restart: 'Sessions that run already keep the settings they started with.',
  headless: ['-p', '--permission-mode', 'acceptEdits'],
  format: () => format,
  files: (scope, surroundings) => {
    if (scope === 'profile') return null;
    if (scope !== 'user') return [join(scope, '.claude', 'settings.local.json')];
    return [join(configFolder(surroundings), 'settings.json')];
  },
  above: (surroundings, folder) => [
    ...(folder === null
      ? []
      : (['settings.local.json', 'settings.json'] as const).map((name) => ({
          path: join(folder, '.claude', name),
          kind: 'project-settings' as const,
        }))),
    {
      path: everyonesFile(surroundings, everyonesFolders, 'managed-settings.json'),
      kind: 'managed-policy',
    },
  ],
  policies: (surroundings) => ({
    // The last policy that a company's server has sent.
    files: [join(configFolder(surroundings), 'remote-settings.json')],
    folder: everyonesFile(surroundings, everyonesFolders, 'managed-settings.d'),
  }),
  login: (surroundings) => ({
    account: 'An Anthropic account',
    places: [
      { path: join(configFolder(surroundings), '.credentials.json'), mark: 'claudeAiOauth' },
      // On macOS the keychain has the rest.
      { path: memoryFile(surroundings), mark: '"oauthAccount"' },
    ],
  }),
  remembers: (surroundings) => [{ path: memoryFile(surroundings), keysOf: ['projects'] }],
  wanted: (setup, path, surroundings, below) => ({
    path,
    format,
    values: (base) => {
      const proxy = proxyVariables([base, below], surroundings);
      return [{ path: ['env'], value: { ...variables(setup), ...proxy, ...cloudsOff([base, below]) } }];
    },
  }),
  state: (config) => ({
    baseUrl: textAt(config, 'ANTHROPIC_BASE_URL') ?? null,
    model: textAt(config, 'ANTHROPIC_MODEL') ?? null,
  }),
  launch: (setup, surroundings, below) => {
    const all = variables(setup);
    const { ANTHROPIC_AUTH_TOKEN: _key, ...others } = all;
    const open = { ...others, ...proxyVariables([below], surroundings), ...cloudsOff([below]) };
    // The `env` of the user's own files beats the environment; this flag beats both (2.1.329). What it says shows in the process list.
    const flag =
      surroundings.platform === 'win32' ? { env: open } : { env: { ...open, ...noKeys }, apiKeyHelper: printKey };
    return {
      args: ['--settings', JSON.stringify(flag)],
      environment: { ...all, [keyVariable]: setup.key },
    };
  },
};

const everyonesFolders = {
  linux: '/etc/claude-code',
  mac: '/Library/Application Support/ClaudeCode',
  windows: 'C:\\Program Files\\ClaudeCode',
};

function configFolder({ environment, userDirectory }: Surroundings): string {
  return environment.CLAUDE_CONFIG_DIR || join(userDirectory, '.claude');
}

/** What it keeps for itself: projects, its account. Never written by us. */
function memoryFile({ environment, userDirectory }: Surroundings): string {
  return join(environment.CLAUDE_CONFIG_DIR || userDirectory, '.claude.json');
}

function textAt(config: ConfigValue, name: string): string | undefined {
  const value = valueAt(config, ['env', name]);
  return typeof value === 'string' ? value : undefined;
}

function variables(setup: AgentSetup): Record<string, string> {
  const { model } = setup;
  const output = outputLimit(model);
  const all: Record<string, string | null> = {
    ANTHROPIC_BASE_URL: setup.gateway,
    ANTHROPIC_AUTH_TOKEN: setup.key,
    ANTHROPIC_MODEL: model.id,
    ANTHROPIC_DEFAULT_OPUS_MODEL: modelOf(setup, 'opus').id,
    ANTHROPIC_DEFAULT_SONNET_MODEL: modelOf(setup, 'sonnet').id,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: modelOf(setup, 'haiku').id,
    ANTHROPIC_DEFAULT_FABLE_MODEL: modelOf(setup, 'fable').id,
    CLAUDE_CODE_SUBAGENT_MODEL: model.id,
    CLAUDE_CODE_MAX_CONTEXT_TOKENS: model.contextWindow === null ? null : String(model.contextWindow),
    // Without it the default slot counts on a window of a million tokens, whatever else is said.
    CLAUDE_CODE_DISABLE_1M_CONTEXT: '1',
    CLAUDE_CODE_MAX_OUTPUT_TOKENS: output === null ? null : String(output),
    // A header that changes with each request costs a local model its prompt cache.
    CLAUDE_CODE_ATTRIBUTION_HEADER: '0',
    CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY: '1',
    API_TIMEOUT_MS: '3000000',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: setup.quiet ? '1' : null,
    CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: setup.quiet ? '1' : null,
    DISABLE_AUTOUPDATER: setup.quiet ? '1' : null,
  };
  return Object.fromEntries(Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

/** Those of the clouds' switches that stand in these configurations, off: while one is on, the base URL does not count (2.1.329). */
function cloudsOff(configs: readonly ConfigValue[]): Record<string, string> {
  const on = clouds.filter((name) => configs.some((config) => !['', undefined].includes(textAt(config, name))));
  return Object.fromEntries(on.map((name) => [name, '']));
}

/** What stands in the first of these configurations, else in the environment. The lower-case name beats the other one where it is set. */
function proxyVariables(
  configs: readonly ConfigValue[],
  { environment }: Surroundings,
): JsonObject & Record<string, string> {
  const own = (name: string): string | undefined =>
    configs.map((config) => textAt(config, name)).find((value) => value !== undefined) ?? environment[name];
  const lower = own('no_proxy');
  return {
    NO_PROXY: withLoopback(own('NO_PROXY') ?? lower),
    ...(lower !== undefined && { no_proxy: withLoopback(lower) }),
  };
}
