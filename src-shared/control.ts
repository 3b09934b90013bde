import { oc } from '@orpc/contract';
import { z } from 'zod';
import { activityContract, gatewayContract } from './activity.ts';
import { agentsContract } from './agents.ts';
import type { ModelsReport } from './catalogue.ts';
import { modelContract } from './model-control.ts';
import { keySchema, keyScopes, secretSourceSchema, upstreamKindIds, upstreamSchema } from './settings.ts';
import { settingsContract } from './settings-contract.ts';
import { updatesContract } from './updates.ts';

/**
 * Everything that a window or a command can ask or tell the service. Secrets go in and never come out; a local key comes out when it is
 * made, and when its owner asks for it. A refusal is an error whose message is meant for people; BAD_REQUEST, NOT_FOUND, CONFLICT or
 * PRECONDITION_FAILED; BAD_GATEWAY where it is a model server that refuses.
 */

const settingsProblemSchema = z.object({ line: z.number(), column: z.number(), path: z.string(), message: z.string() });

const keychainStateSchema = z.object({
  state: z.enum(['ready', 'no-service', 'locked', 'refused']),
  /** What is wrong, and what to do; null where it is ready. */
  message: z.string().nullable(),
  remedy: z.string().nullable(),
});

const statusSchema = z.object({
  pid: z.number().int(),
  version: z.string(),
  home: z.string(),
  /** ISO 8601; null where no service runs. */
  startedAt: z.string().nullable(),
  /** The gateway's base URL; null where no service runs. */
  gateway: z.string().nullable(),
  settings: z.object({ file: z.string(), problems: z.array(settingsProblemSchema) }),
  keychain: keychainStateSchema,
});

const serverState = z.enum(['up', 'down', 'loading', 'unauthorized', 'error']);
const capability = z.boolean().nullable();
const modelsReportSchema: z.ZodType<ModelsReport> = z.object({
  gateway: z.object({ running: z.boolean(), url: z.string().nullable() }),
  servers: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(upstreamKindIds),
      baseUrl: z.string(),
      found: z.enum(['detected', 'configured']),
      state: serverState,
      version: z.string().nullable(),
      message: z.string().nullable(),
      models: z.array(
        z.object({
          id: z.string(),
          upstreamModel: z.string(),
          loaded: z.boolean().nullable(),
          loading: z.enum(['idle', 'loading', 'unloading']).exactOptional(),
          contextWindow: z.object({
            inForce: z.number().nullable(),
            maximum: z.number().nullable(),
            source: z.string().nullable(),
          }),
          capabilities: z.object({
            tools: capability,
            parallelTools: capability,
            vision: capability,
            reasoning: capability,
            embeddings: capability,
          }),
        }),
      ),
    }),
  ),
  aliases: z.array(
    z.object({
      id: z.string(),
      target: z.string(),
      fallback: z.array(z.string()).exactOptional(),
      sharedWith: z.array(z.string()).exactOptional(),
      localOnly: z.boolean().exactOptional(),
    }),
  ),
  slots: z.record(z.string(), z.string()),
});

/** A local key without what would let anyone use it. */
const keyInfoSchema = keySchema.omit({ hash: true });
export type KeyInfo = Readonly<z.infer<typeof keyInfoSchema>>;

const keyName = z.string().min(1).max(200);
const ofKey = z.strictObject({ key: z.string().min(1) });

/** Patterns of models: `*` stands for any run of characters. */
const keyModels = z.array(z.string().min(1)).min(1);

const newKeySchema = z.strictObject({
  name: keyName,
  scopes: z.array(z.enum(keyScopes)).min(1).optional(),
  models: keyModels.optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});
export type NewKey = Readonly<z.infer<typeof newKeySchema>>;

const madeKeySchema = z.object({
  ...keyInfoSchema.shape,
  /** The whole key. */
  key: z.string(),
  /** True where its owner can read it again from the keychain. */
  inKeychain: z.boolean(),
});
export type MadeKey = Readonly<z.infer<typeof madeKeySchema>>;

const upstream = upstreamSchema.shape;

/** A server as a form or a command describes it: an entry of the settings' `upstreams` in which only what was said stands. */
export const serverDescriptionSchema = z.strictObject({
  id: upstream.id,
  kind: upstream.kind,
  baseUrl: upstream.baseUrl,
  secret: secretSourceSchema.optional(),
  header: upstream.header.unwrap().optional(),
  protocol: upstream.protocol.unwrap().optional(),
  tls: upstream.tls.unwrap().optional(),
  proxy: upstream.proxy.unwrap().optional(),
  timeouts: upstream.timeouts.unwrap().optional(),
  headers: upstream.headers.unwrap().optional(),
  query: upstream.query.unwrap().optional(),
  enabled: z.boolean().optional(),
  concurrency: upstream.concurrency.unwrap().optional(),
  loadOnUse: z.boolean().optional(),
  keepLoadedMinutes: upstream.keepLoadedMinutes.unwrap().optional(),
});
export type ServerDescription = Readonly<z.infer<typeof serverDescriptionSchema>>;

/** What is to be changed of a server; null takes that key away. Its id stays: aliases and the keychain know it by that. */
const serverChangesSchema = serverDescriptionSchema
  .omit({ id: true })
  .partial()
  .extend({ secret: secretSourceSchema.nullish() });
export type ServerChanges = Readonly<z.infer<typeof serverChangesSchema>>;

const listedServerSchema = z.object({
  id: z.string(),
  kind: z.enum(upstreamKindIds),
  baseUrl: z.string(),
  found: z.enum(['detected', 'configured']),
  enabled: z.boolean(),
  state: serverState,
  version: z.string().nullable(),
  /** What is wrong and what to do, where `state` is not "up". */
  message: z.string().nullable(),
  /** How many models it has. */
  models: z.number().int(),
  /** Only where it can be told to fetch models now. */
  pulls: z.literal(true).exactOptional(),
  /** Where its secret is kept; null where it has none. */
  secret: secretSourceSchema.nullable(),
  /** Why its secret is not sent, and what to do; `moved`: its base URL leads elsewhere now, which is to be confirmed. Null where nothing is wrong. */
  secretProblem: z.object({ moved: z.boolean(), message: z.string() }).nullable(),
  /** Its entry in the settings, to be edited; null for a detected server. */
  description: serverDescriptionSchema.nullable(),
});
export type ListedServer = Readonly<z.infer<typeof listedServerSchema>>;

const triedServerSchema = z.object({
  state: serverState,
  version: z.string().nullable(),
  /** What is wrong and what to do; null where nothing is. */
  message: z.string().nullable(),
  /** The kind whose sure signs it gives; null where none does. */
  recognised: z.enum(upstreamKindIds).nullable(),
  models: z.array(z.string()),
});
export type TriedServer = Readonly<z.infer<typeof triedServerSchema>>;

/** A secret that is handed in goes into the keychain, and is refused for a server that takes its secret from elsewhere. */
const secretValue = z.string().min(1).max(65_536).optional();
const storedServerSchema = z.object({
  id: z.string(),
  /** What still has to be done before its secret is sent; null where nothing has. */
  message: z.string().nullable(),
});

const removedServerSchema = z.object({
  id: z.string(),
  /** Whether the keychain held a secret of it, which is gone now. */
  secretRemoved: z.boolean(),
  /** Why a secret may still stand in the keychain; null where none does. */
  message: z.string().nullable(),
  /** Aliases and slots that still mean one of its models. */
  stillNamedBy: z.array(z.string()),
});

const ofUpstream = z.strictObject({ upstream: z.string().min(1) });

export const controlContract = {
  status: oc.output(statusSchema),
  models: {
    /** `refresh`: asks every server now instead of telling what is known. */
    report: oc.input(z.strictObject({ refresh: z.boolean() })).output(modelsReportSchema),
    ...modelContract,
  },
  keys: {
    list: oc.output(z.array(keyInfoSchema)),
    create: oc.input(newKeySchema).output(madeKeySchema),
    /** Here and below: by id, or by name where only one key has it. */
    rename: oc.input(ofKey.extend({ name: keyName })).output(keyInfoSchema),
    /** The whole key out of the keychain, for its owner to copy. */
    reveal: oc.input(ofKey).output(z.object({ key: z.string() })),
    revoke: oc.input(ofKey).output(keyInfoSchema),
    /** The models it may call, in place of those before. */
    allowModels: oc.input(ofKey.extend({ models: keyModels })).output(keyInfoSchema),
    /** Whether its requests are answered by this machine's own servers or not at all. */
    keepLocal: oc.input(ofKey.extend({ localOnly: z.boolean() })).output(keyInfoSchema),
    /** Another key in its place, with its id, name and rights. That of an agent is a CONFLICT: `agents.rotateKey` brings it into the agent's files. */
    rotate: oc.input(ofKey).output(madeKeySchema),
  },
  servers: {
    /** Configured and detected ones. `refresh`: asks every server now instead of telling what is known. */
    list: oc.input(z.strictObject({ refresh: z.boolean() })).output(z.array(listedServerSchema)),
    add: oc.input(z.strictObject({ server: serverDescriptionSchema, secret: secretValue })).output(storedServerSchema),
    update: oc
      .input(z.strictObject({ id: z.string().min(1), changes: serverChangesSchema, secret: secretValue }))
      .output(storedServerSchema),
    /** Takes it out of the settings and its secret out of the keychain. */
    remove: oc.input(z.strictObject({ id: z.string().min(1) })).output(removedServerSchema),
    /**
     * Asks a server before it is stored; nothing is changed and no secret is bound by it. Without `secret` the one that is kept for this id is
     * sent, as far as it is bound to this address.
     */
    test: oc.input(z.strictObject({ server: serverDescriptionSchema, secret: secretValue })).output(triedServerSchema),
  },
  secrets: {
    set: oc
      .input(ofUpstream.extend({ secret: z.string().min(1).max(65_536) }))
      .output(z.object({ origin: z.string() })),
    remove: oc.input(ofUpstream).output(z.object({ removed: z.boolean() })),
    /** Lets the secret go to the upstream's base URL as it is now. */
    confirm: oc.input(ofUpstream).output(z.object({ origin: z.string() })),
    state: oc.output(keychainStateSchema),
  },
  settings: settingsContract,
  agents: agentsContract,
  activity: activityContract,
  gateway: gatewayContract,
  updates: updatesContract,
};
