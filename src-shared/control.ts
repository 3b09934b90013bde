import { oc } from '@orpc/contract';
import { z } from 'zod';
import type { ModelsReport } from './catalogue.ts';
import { keySchema, keyScopes, upstreamKindIds } from './settings.ts';

/**
 * Everything that a window or a command can ask or tell the service. Secrets go in and never come out; a new key comes out once, when
 * it is made. A refusal is an error whose message is meant for people; BAD_REQUEST, NOT_FOUND, CONFLICT or PRECONDITION_FAILED.
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

const capability = z.boolean().nullable();
const modelsReportSchema: z.ZodType<ModelsReport> = z.object({
  gateway: z.object({ running: z.boolean(), url: z.string().nullable() }),
  servers: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(upstreamKindIds),
      baseUrl: z.string(),
      found: z.enum(['detected', 'configured']),
      state: z.enum(['up', 'down', 'loading', 'unauthorized', 'error']),
      version: z.string().nullable(),
      message: z.string().nullable(),
      models: z.array(
        z.object({
          id: z.string(),
          upstreamModel: z.string(),
          loaded: z.boolean().nullable(),
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
  aliases: z.array(z.object({ id: z.string(), target: z.string() })),
  slots: z.record(z.string(), z.string()),
});

/** A local key without what would let anyone use it. */
const keyInfoSchema = keySchema.omit({ hash: true });
export type KeyInfo = Readonly<z.infer<typeof keyInfoSchema>>;

const newKeySchema = z.strictObject({
  name: z.string().min(1).max(200),
  scopes: z.array(z.enum(keyScopes)).min(1).optional(),
  models: z.array(z.string().min(1)).min(1).optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

const ofUpstream = z.strictObject({ upstream: z.string().min(1) });

export const controlContract = {
  status: oc.output(statusSchema),
  models: {
    /** `refresh`: asks every server now instead of telling what is known. */
    report: oc.input(z.strictObject({ refresh: z.boolean() })).output(modelsReportSchema),
  },
  keys: {
    list: oc.output(z.array(keyInfoSchema)),
    create: oc.input(newKeySchema).output(
      z.object({
        ...keyInfoSchema.shape,
        /** The whole key: shown now and never again. */
        key: z.string(),
        /** True where its owner can read it again from the keychain. */
        inKeychain: z.boolean(),
      }),
    ),
    /** By id, or by name where only one key has it. */
    revoke: oc.input(z.strictObject({ key: z.string().min(1) })).output(keyInfoSchema),
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
};
