import { z } from 'zod';
import { compatFlagsSchema } from './compat-flags.ts';
import { protocols } from './protocol.ts';
import { upstreamKindIds } from './server-kinds.ts';

/**
 * The settings file (`<home>/settings.json`), strict: it holds only what works. Times are in the unit their name says.
 * A key that is not here is refused by settings/parse.ts in words that tell a later version's key from a typing error.
 */

export { secretHeaderOf, type UpstreamKindId, upstreamKindIds, vendorUrls } from './server-kinds.ts';

export const idPattern = /^[a-z0-9][a-z0-9._-]*$/;
const id = z
  .string()
  .regex(idPattern, 'must be lower-case letters, digits, ".", "_" or "-", starting with a letter or digit');

/** Headers and query parameters that carry secrets; those belong into `secret`, never into the file. */
export const secretNames: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'api-key',
  'x-api-key',
  'key',
  'api_key',
  'cookie',
]);
const openValues = z
  .record(
    z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'is not a valid name'),
    z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must not contain control characters'),
  )
  .refine(
    (values) => Object.keys(values).every((name) => !secretNames.has(name.toLowerCase())),
    'carries a secret: put it into `secret` instead',
  );

const baseUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
  .refine(
    (url) => !URL.canParse(url) || (new URL(url).username === '' && new URL(url).password === ''),
    'must not contain a user name or password: use `secret`',
  )
  .refine((url) => !URL.canParse(url) || new URL(url).hash === '', 'must not contain a #fragment');

export const timeoutsSchema = z.strictObject({
  connectMs: z.number().int().min(1).max(600_000),
  /** To the response headers. */
  firstByteMs: z.number().int().min(1).max(86_400_000),
  /** Between any two bytes, comments too. */
  idleMs: z.number().int().min(1).max(86_400_000),
});
export type Timeouts = Readonly<z.infer<typeof timeoutsSchema>>;
export const defaultTimeouts: Timeouts = { connectMs: 10_000, firstByteMs: 600_000, idleMs: 300_000 };

const absolutePath = z.string().regex(/^(?:\/|[A-Za-z]:[\\/]|\\\\)[^\0]+$/, 'must be an absolute path');

/** Where an upstream's secret is kept; never the secret itself. */
export const secretSourceSchema = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('keychain') }),
  z.strictObject({
    from: z.literal('env'),
    name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'),
  }),
  z.strictObject({
    from: z.literal('file'),
    /** For containers (`/run/secrets/…`): the file holds the secret and nothing else. */
    path: absolutePath,
  }),
]);
export type SecretSource = z.infer<typeof secretSourceSchema>;

const tlsSchema = z.strictObject({
  /** PEM; what is in it is trusted beside what the system trusts. */
  caFile: absolutePath.nullable().default(null),
  /** Its certificate is not checked at all: whoever stands between can read and change everything. */
  insecure: z.boolean().default(false),
});

/** `system`: as the environment's HTTP_PROXY, HTTPS_PROXY and NO_PROXY say; never used for this machine. */
const proxySchema = z
  .string()
  .regex(
    /^(?:system|none|https?:\/\/[^\s/@]+\/?)$/,
    'must be "system", "none" or the http:// or https:// URL of a proxy, without user name and password',
  )
  .refine((proxy) => !proxy.includes(':') || URL.canParse(proxy), 'must be a URL');

/** Tokens. */
export const contextWindowSchema = z.number().int().min(256).max(100_000_000);

const modelSettingsSchema = z.strictObject({
  contextWindow: contextWindowSchema.optional(),
  maxOutputTokens: z.number().int().min(1).max(100_000_000).optional(),
  flags: compatFlagsSchema.partial().default({}),
});

export const upstreamSchema = z.strictObject({
  id,
  kind: z.enum(upstreamKindIds),
  baseUrl,
  secret: secretSourceSchema.optional(),
  /** The header that carries the secret, where it is not the kind's own; `authorization` sends it as Bearer. */
  header: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/)
    .optional(),
  /** What it is spoken to in. `auto`: an agent's own protocol where the kind speaks it as its inventor does, else the kind's first. */
  protocol: z.enum(['auto', ...protocols]).default('auto'),
  timeouts: timeoutsSchema.partial().default({}),
  tls: tlsSchema.prefault({}),
  proxy: proxySchema.default('system'),
  headers: openValues.default({}),
  query: openValues.default({}),
  enabled: z.boolean().default(true),
  /** How many requests it is sent at once; further ones wait, and the keys take turns. `null`: as many as its model has slots, where it says. */
  concurrency: z.number().int().min(1).max(10_000).nullable().default(null),
  /** A model that is not loaded is loaded when it is asked; `false`: such a request is refused. */
  loadOnUse: z.boolean().default(true),
  /** How long a model that was loaded for us stays so after its last use (Ollama, LM Studio); `null`: as the server is set. */
  keepLoadedMinutes: z.number().min(1).max(525_600).nullable().default(null),
  models: z.record(z.string().min(1), modelSettingsSchema).default({}),
});
export type UpstreamSettings = z.infer<typeof upstreamSchema>;

/** Request keys that `defaults` may set; they are added where the client sent none. */
export const aliasDefaultsSchema = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.number().int().min(0).optional(),
  min_p: z.number().min(0).max(1).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  repeat_penalty: z.number().min(0).optional(),
  seed: z.number().int().optional(),
  max_tokens: z.number().int().min(1).optional(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).optional(),
  chat_template_kwargs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type AliasDefaults = Readonly<z.infer<typeof aliasDefaultsSchema>>;

export const aliasSchema = z.strictObject({
  id,
  upstream: id,
  model: z.string().min(1),
  defaults: aliasDefaultsSchema.default({}),
  timeouts: timeoutsSchema
    .partial()
    .extend({
      /** How long a model that its server is loading is waited for; 0: not at all. Absent: as `firstByteMs`, or 10 s where a `fallback` could answer. */
      loadingMs: z.number().int().min(0).max(86_400_000).optional(),
    })
    .default({}),
  /** Models that share its requests: a conversation goes to the one with the fewest, and stays there. */
  sharedWith: z.array(z.string().min(1)).max(64).default([]),
  /** Models or aliases that answer, in this order, while the model can't be reached, is overloaded or is being loaded. */
  fallback: z.array(z.string().min(1)).max(16).default([]),
  /** Its requests are answered by this machine's own servers or not at all. */
  localOnly: z.boolean().default(false),
});
export type AliasSettings = z.infer<typeof aliasSchema>;
/** What an alias does beside leading to a model. */
export const aliasRulesSchema = aliasSchema.omit({ id: true, upstream: true, model: true });
export type AliasRules = Readonly<z.infer<typeof aliasRulesSchema>>;

export const slotNames = ['opus', 'sonnet', 'haiku', 'fable', 'default'] as const;
export type SlotName = (typeof slotNames)[number];
/** Model ids, aliases or other slots by slot. */
export type Slots = Readonly<Partial<Record<SlotName, string>>>;

export const keyScopes = ['chat', 'embeddings'] as const;
export type KeyScope = (typeof keyScopes)[number];

export const keySchema = z.strictObject({
  id: z.string().regex(/^k_[A-Za-z0-9_-]+$/),
  name: z.string().min(1).max(200),
  /** The coding agent that a set-up has made it for. */
  agent: z.string().min(1).nullable().default(null),
  /** sha256 of the whole key, hex. */
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** The key's last 4 characters. */
  hint: z.string().length(4),
  scopes: z.array(z.enum(keyScopes)).default([...keyScopes]),
  /** Model ids the key may call; `*` stands for any run of characters. */
  models: z.array(z.string().min(1)).default(['*']),
  /** They beat the common slots, so that one agent's model moves without the others'. */
  slots: z.partialRecord(z.enum(slotNames), z.string().min(1)).default({}),
  /** Its requests are answered by this machine's own servers or not at all. */
  localOnly: z.boolean().default(false),
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
});
export type KeySettings = z.infer<typeof keySchema>;

const gatewaySchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(0).max(65_535).default(4747),
  /** Limit of a decoded request body. */
  maxBodyMiB: z.number().min(1).max(1024).default(64),
  allowedHosts: z.array(z.string().min(1)).default([]),
  allowedOrigins: z.array(z.string().min(1)).default([]),
  /** How long the status stays open while the upstream is silent. */
  holdStatusSeconds: z.number().min(0).max(600).default(10),
  /** Titles that agents ask for beside the conversation go to the `haiku` slot, where that is set; `false`: to the model that is asked. */
  backgroundToHaiku: z.boolean().default(true),
});

/** Answers that a client of Responses may name again (`previous_response_id`), in memory only; the first limit that is reached counts. */
const responsesSchema = z.strictObject({
  /** 0 keeps none. */
  keepCount: z.number().int().min(0).max(1_000_000).default(1000),
  keepMiB: z.number().min(1).max(65_536).default(64),
  /** Since an answer was last used. */
  keepHours: z.number().min(0.01).max(8760).default(24),
});

const detectionSchema = z.strictObject({
  enabled: z.boolean().default(true),
  intervalSeconds: z.number().min(1).max(86_400).default(10),
  /** Ports looked at on this machine beside the kinds' default ones. */
  ports: z.array(z.number().int().min(1).max(65_535)).max(64).default([]),
});

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const desktopSchema = z.strictObject({
  /** The system starts Dragoman when its user logs in. */
  openAtLogin: z.boolean().default(false),
  /** That start shows no window, only the tray. */
  startHidden: z.boolean().default(false),
  /** How the window looks, in the app and in a browser: as the system does, or always the same. */
  theme: z.enum(themes).default('system'),
});

const variableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*\*?$/,
    'must be the name of an environment variable; a * at its end stands for any ending',
  );

/** What agents that are started from here get of the environment. */
const agentsSchema = z.strictObject({
  /** Variables that they get though they are on the list of those that are taken out. */
  keepVariables: z.array(variableName).max(256).default([]),
  /** Other accounts' variables (AWS, GitHub, …) are taken out, too. */
  strictEnvironment: z.boolean().default(false),
});

const activitySchema = z.strictObject({
  /** Whether the streaming log may keep bodies, in memory and while it is on; they are never written to a file. */
  captureBodies: z.enum(['memory', 'off']).default('memory'),
});

export const settingsSchema = z.strictObject({
  $schema: z.string().optional(),
  gateway: gatewaySchema.prefault({}),
  responses: responsesSchema.prefault({}),
  detection: detectionSchema.prefault({}),
  upstreams: z.array(upstreamSchema).default([]),
  models: z.array(aliasSchema).default([]),
  slots: z.partialRecord(z.enum(slotNames), z.string().min(1)).default({}),
  keys: z.array(keySchema).default([]),
  agents: agentsSchema.prefault({}),
  desktop: desktopSchema.prefault({}),
  activity: activitySchema.prefault({}),
});
export type Settings = z.infer<typeof settingsSchema>;
