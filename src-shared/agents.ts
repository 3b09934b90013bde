import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { AgentTrial } from './agent-trial.ts';
import { slotNames } from './settings.ts';

/** The coding agents whose configuration is written, by the ids that commands and files use. */
export const agentIds = ['claude-code', 'codex', 'opencode', 'qwen-code'] as const;
export type AgentId = (typeof agentIds)[number];

/** Where an agent finds its key: in its file, or in a variable that the file names. */
export const keySources = ['file', 'environment'] as const;
export type KeySource = (typeof keySources)[number];

/**
 * Whose files: the user's, a profile that is used only where it is named (Codex), those of one project folder by its absolute path, or the
 * user's in a distribution of WSL (`wsl:NAME`).
 */
export const agentScopeSchema = z.union([
  z.enum(['user', 'profile']),
  z.templateLiteral(['/', z.string()]),
  z.templateLiteral([z.string(), ':', z.string()]),
]);
const agent = z.enum(agentIds);

const conflictSchema = z.object({
  kind: z.enum(['environment', 'project-settings', 'managed-policy', 'other-tool', 'gateway']),
  /** What is in the way, what it leads to, and what to do. */
  what: z.string(),
  effect: z.string(),
  remedy: z.string(),
  /** True where it is only to be known: nothing has to be done. */
  harmless: z.literal(true).exactOptional(),
  /** What of the remedy is one click for Dragoman. */
  mend: z.enum(['set-up', 'set-up-folder', 'start-at-login', 'allow-models']).exactOptional(),
  /** The project folder in which it is so, by its absolute path. */
  folder: z.string().exactOptional(),
});
export type AgentConflict = Readonly<z.infer<typeof conflictSchema>>;

const homeSchema = z.object({
  /** As `scope` of a set-up takes it. */
  scope: z.string(),
  /** For people. */
  name: z.string(),
  installed: z.boolean(),
});
/** A further home of the user's on this computer, in a distribution of WSL that runs. */
export type AgentHome = Readonly<z.infer<typeof homeSchema>>;

const agentEntrySchema = z.object({
  id: agent,
  label: z.string(),
  installed: z.boolean(),
  /** As it says itself; null where it is not installed or says none. */
  version: z.string().nullable(),
  /** What its version is too old for, and since when it is not; null where it is new enough. */
  tooOld: z.string().nullable(),
  state: z.enum(['not-set-up', 'set-up', 'drifted']),
  /** The model that its files name; null where they name none. */
  model: z.string().nullable(),
  /** The models that were chosen for it, by slot, `default` among them; empty where it is not set up. */
  slots: z.record(z.string(), z.string()),
  /** Whether its statistics and update checks are switched off, or will be. */
  quiet: z.boolean(),
  /** Where its key may come from the environment: the variable, and where it comes from now, or will. */
  keyChoice: z.object({ variable: z.string(), from: z.enum(keySources) }).exactOptional(),
  /** What its files send it to, if not to its makers. */
  baseUrl: z.string().nullable(),
  /** ISO 8601; null where it is not set up. */
  since: z.string().nullable(),
  /** Absolute paths of the files that a set-up writes. */
  files: z.array(z.string()),
  /** Values of ours that someone else has changed or taken away. */
  drift: z.array(z.object({ path: z.string(), values: z.array(z.string()) })),
  /** The model of a set-up that was taken back and is remembered. */
  kept: z.string().nullable(),
  /** Project folders that are set up, `profile`, and homes in WSL (`wsl:NAME`). */
  otherScopes: z.array(z.string()),
  /** The user's homes beside the own one; absent where there can be none. */
  homes: z.array(homeSchema).exactOptional(),
  conflicts: z.array(conflictSchema),
});
export type AgentEntry = Readonly<z.infer<typeof agentEntrySchema>>;

const agentInUseSchema = agentEntrySchema.pick({ id: true, label: true, slots: true, kept: true }).extend({
  /** Someone else has changed values of ours. */
  drifted: z.boolean(),
});
export type AgentInUse = Readonly<z.infer<typeof agentInUseSchema>>;

const refusalSchema = z.object({ why: z.string(), path: z.string().nullable(), line: z.number().nullable() });

const changeSchema = z.object({
  agent,
  applied: z.boolean(),
  files: z.array(
    z.object({
      path: z.string(),
      created: z.boolean(),
      /** Unified, with secrets masked. */
      diff: z.string(),
      /** Absolute path of the copy that was made first; null where there was no file, or nothing was applied. */
      backup: z.string().nullable(),
    }),
  ),
  /** Why the agent must be started again; null where nothing changes. */
  restart: z.string().nullable(),
  /** Values of ours that someone else has changed since: they stay as they are. */
  left: z.array(z.string()),
  /** What will not go well with the chosen models, and what to do: shown before the change is applied. */
  warnings: z.array(z.string()),
  /** What the change was made from: handed to `apply`, it holds only for files that still are as they were. */
  seen: z.string(),
  refused: refusalSchema.nullable(),
});
export type AgentChange = Readonly<z.infer<typeof changeSchema>>;

const modelName = z.string().min(1);
const choicesSchema = z.strictObject({
  agent,
  scope: agentScopeSchema.optional(),
  /** A model id or alias; else that of the set-up before, else the default slot's. */
  model: modelName.optional(),
  slots: z.partialRecord(z.enum(slotNames), modelName).optional(),
  /** Whether the agent's statistics and update checks are switched off; they are where nothing is said. */
  quiet: z.boolean().optional(),
  /** Where the agent finds its key, where it gives the choice; else as before, in the end in the file. */
  keyFrom: z.enum(keySources).optional(),
});
export type AgentChoices = Readonly<z.infer<typeof choicesSchema>>;

const undoSchema = z.strictObject({ agent, scope: agentScopeSchema.optional() });
const seen = z.string().optional();

/** Why a variable is taken out of the environment of an agent that is started; `account` only where the user chose that. */
export const removalReasons = ['provider', 'account', 'own'] as const;
export type RemovalReason = (typeof removalReasons)[number];

const why = z.enum(removalReasons);
const listedVariable = z.object({ name: z.string(), why });
const environmentSchema = z.object({
  /** Variables of the service's own environment that what it starts does not get, and those that it gets only because the settings say so. */
  removed: z.array(listedVariable),
  kept: z.array(listedVariable),
  /** What the settings say: `agents.strictEnvironment`, `agents.keepVariables`. */
  strict: z.boolean(),
  keep: z.array(z.string()),
  /** Every name that is taken out where it is set; a `*` stands for any run of characters. */
  lists: z.array(z.object({ why, names: z.array(z.string()) })),
});
export type AgentEnvironment = Readonly<z.infer<typeof environmentSchema>>;

const launchSchema = z.object({
  executable: z.string(),
  args: z.array(z.string()),
  /** Variables to be set; the local key is among them. */
  environment: z.record(z.string(), z.string()),
  /** Variables to be taken away; a `*` stands for any run of characters. */
  removed: z.array(z.string()),
  /** Those of them that stay, and whether other accounts' are among them: as the settings say. */
  kept: z.array(z.string()),
  strict: z.boolean(),
  /** A key that was made for this start alone, to be revoked after it; null where the agent's own is used. */
  temporaryKey: z.string().nullable(),
});
export type PlannedLaunch = Readonly<z.infer<typeof launchSchema>>;

const backupSchema = z.object({
  id: z.string(),
  path: z.string(),
  agent: z.string(),
  at: z.string(),
  file: z.string(),
});

/** A refusal is an answer here: its `refused` says why, and nothing was changed. */
export const agentsContract = {
  /**
   * `refresh`: looks anew for what is installed; else that is known from up to some minutes ago. `folder`: where somebody works, by its
   * absolute path: files there may beat the user's own.
   */
  list: oc
    .input(z.strictObject({ refresh: z.boolean().optional(), folder: z.string().optional() }).optional())
    .output(z.array(agentEntrySchema)),
  /** Those that are set up for the user, or were and are remembered; at once, for nobody looks what is installed. */
  inUse: oc.output(z.array(agentInUseSchema)),
  /** Every set-up that stands (`kept` false) or was taken back and is remembered, of all scopes; at once. */
  setUps: oc.output(z.array(z.object({ agent, scope: agentScopeSchema, kept: z.boolean() }))),
  /** The exact change of the agent's files; nothing is written. */
  plan: oc.input(choicesSchema).output(changeSchema),
  apply: oc.input(choicesSchema.extend({ seen })).output(changeSchema),
  planUndo: oc.input(undoSchema).output(changeSchema),
  /** `keep` remembers the choices, so that `apply` brings them back. */
  undo: oc.input(undoSchema.extend({ keep: z.boolean().optional(), seen })).output(changeSchema),
  /** What a new key changes: the files that hold the one of now. */
  planRotateKey: oc.input(z.strictObject({ agent })).output(changeSchema),
  /** Gives the agent a new key in all its files, then revokes the old one. The new one has its rights. */
  rotateKey: oc.input(z.strictObject({ agent, seen })).output(changeSchema),
  /** Lets the agent's key call the models that the agent is set up with, beside those that it may call. */
  allowModels: oc.input(z.strictObject({ agent })).output(z.void()),
  /**
   * How the agent is started with flags and variables only; its files are not touched. `show`: it is only to be looked at; then no key is made
   * for it and none is told, and no gateway has to run.
   */
  launch: oc.input(choicesSchema.extend({ show: z.boolean().optional() })).output(launchSchema),
  /** What agents that are started from here get of the environment. */
  environment: oc.output(environmentSchema),
  /**
   * Has the agent do a trivial task in an empty folder, as it is set up, or with flags and variables only where it is not. Whoever stops
   * listening ends it.
   */
  tryIt: oc.input(choicesSchema.pick({ agent: true, model: true })).output(eventIterator(type<AgentTrial>())),
  /** Copies of files, made before each change; newest first. */
  backups: oc.output(z.array(backupSchema)),
  planRestore: oc.input(z.strictObject({ id: z.string().min(1) })).output(changeSchema),
  /** Puts a file back as it was; what was written since goes. */
  restore: oc.input(z.strictObject({ id: z.string().min(1), seen })).output(changeSchema),
};
