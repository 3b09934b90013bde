/**
 * The folder table of ARCHITECTURE.md as data: what a file below a folder may import of our own code, and which outside modules.
 * The longest matching `area` counts. Every area may import itself and src-shared/ unless it says otherwise.
 *
 * @typedef {object} Area
 * @property {string} area  a folder (ending in "/") or one file, from the repository's root
 * @property {readonly string[]} mayImport  areas of our own it may import, by path prefix; `*` stands for one name
 * @property {readonly string[]} [mayNotImport]  exceptions to them, by path prefix
 * @property {'any' | 'no-node' | readonly string[]} packages  `any`: Node's modules and any package; `no-node`: any package; a list: only these
 * @property {true} [pure]  no clock, timer, randomness, process, network, or Buffer
 */

const protocolPackages = ['zod', 'eventsource-parser', 'jsonc-parser'];

/** @type {readonly Area[]} */
export const areas = [
  { area: 'src-shared/', mayImport: [], packages: ['zod', '@orpc/contract'] },
  { area: 'src-renderer/', mayImport: [], packages: 'no-node' },

  { area: 'src-main/protocols/', mayImport: ['src-main/protocols/'], packages: protocolPackages, pure: true },
  { area: 'src-main/protocols/conversation/', mayImport: [], packages: protocolPackages, pure: true },
  ...['messages', 'chat', 'responses'].map((protocol) => ({
    area: `src-main/protocols/${protocol}/`,
    mayImport: ['src-main/protocols/conversation/', 'src-main/protocols/*.ts'],
    packages: protocolPackages,
    pure: /** @type {const} */ (true),
  })),

  { area: 'src-main/secrets/', mayImport: [], packages: 'any' },
  { area: 'src-main/settings/', mayImport: [], packages: 'any' },
  {
    area: 'src-main/activity/',
    mayImport: ['src-main/gateway/tap.ts', 'src-main/protocols/'],
    packages: 'any',
  },
  // What a model takes of memory, as its server says it.
  { area: 'src-main/advice/', mayImport: ['src-main/upstreams/kind.ts'], packages: 'any' },
  { area: 'src-main/checkup/', mayImport: ['src-main/protocols/'], packages: 'any' },
  { area: 'src-main/keys/', mayImport: ['src-main/settings/'], packages: 'any' },
  { area: 'src-main/upstreams/', mayImport: ['src-main/protocols/', 'src-main/secrets/'], packages: 'any' },
  { area: 'src-main/models/', mayImport: ['src-main/upstreams/', 'src-main/protocols/conversation/'], packages: 'any' },
  { area: 'src-main/tools/', mayImport: ['src-main/upstreams/', 'src-main/protocols/'], packages: 'any' },
  {
    area: 'src-main/agents/',
    // Of the settings only what edits a JSON file without losing a byte of it.
    mayImport: [
      'src-main/models/',
      'src-main/keys/',
      'src-main/settings/edit-text.ts',
      'src-main/settings/document.ts',
    ],
    packages: 'any',
  },
  {
    area: 'src-main/gateway/',
    mayImport: ['protocols', 'models', 'upstreams', 'tools', 'keys'].map((folder) => `src-main/${folder}/`),
    packages: 'any',
  },
  {
    area: 'src-main/control/',
    mayImport: ['src-main/'],
    mayNotImport: ['src-main/gateway/', 'src-main/desktop'],
    packages: 'any',
  },
  {
    area: 'src-main/commands/',
    mayImport: ['src-main/', 'package.json'],
    mayNotImport: ['src-main/gateway/', 'src-main/desktop'],
    packages: 'any',
  },
  {
    area: 'src-main/service.ts',
    mayImport: ['src-main/'],
    mayNotImport: ['src-main/desktop', 'src-main/commands/', 'src-main/serve.ts'],
    packages: 'any',
  },
  {
    area: 'src-main/serve.ts',
    mayImport: ['src-main/'],
    mayNotImport: ['src-main/desktop', 'src-main/commands/'],
    packages: 'any',
  },
  {
    area: 'src-main/cli.ts',
    mayImport: ['src-main/commands/'],
    packages: 'any',
  },
  {
    area: 'src-main/run-service.ts',
    mayImport: ['src-main/service.ts', 'src-main/memory-at-rest.ts', 'src-main/control/', 'src-main/settings/'],
    packages: 'any',
  },
  { area: 'src-main/memory-at-rest.ts', mayImport: [], packages: 'any' },
  // The installed executable takes the commands, too.
  { area: 'src-main/desktop.ts', mayImport: ['src-main/desktop/', 'src-main/commands/'], packages: 'any' },
  {
    area: 'src-main/desktop/',
    mayImport: ['run-service.ts', 'service.ts', 'control/', 'settings/', 'activity/'].map((path) => `src-main/${path}`),
    packages: 'any',
  },
];

/** Packages that only some paths (by prefix) may import: what depends on a shell or on the machine stays where it can be swapped. */
export const confined = [
  { package: 'electron', to: ['src-main/desktop'] },
  { package: 'electron-store', to: ['src-main/desktop'] },
  { package: 'keytar', to: ['src-main/secrets/'] },
  { package: 'express', to: ['src-main/gateway/'] },
  { package: 'undici', to: ['src-main/upstreams/', 'src-main/checkup/', 'src-main/tools/'] },
];
