import { eventIterator, oc } from '@orpc/contract';
import { z } from 'zod';
import { modelAdviceType, startAdviceType } from './advice.ts';
import { checkupFlagsSchema, checkupProgressType, checkupSummariesType, doneCheckupType } from './checkup.ts';
import { compatFlagsSchema } from './compat-flags.ts';
import { modelLoadsType } from './model-loads.ts';
import { pullsType } from './model-pulls.ts';
import { aliasRulesSchema, aliasSchema, contextWindowSchema, slotNames } from './settings.ts';

/** What can be asked about single models: into memory and out of it, and by which names they go. Models are named by id, `<upstream>/<model>`. */

const modelId = z.string().regex(/^[^/]+\/.+$/s, 'must be the id of a model: server/model');
const ofModel = z.strictObject({ model: modelId });

/** `model`: by the name that the server knows where it gets it from. */
const pullSchema = z.strictObject({
  server: z.string().min(1).max(200),
  model: z.string().regex(/^\S{1,500}$/, 'must be a name without spaces'),
});

const modelFlagsSchema = z.strictObject({
  /** As the server's own answers tell, e.g. the template of llama.cpp. */
  server: compatFlagsSchema.partial(),
  /** What the settings say, which beats it. */
  settings: compatFlagsSchema.partial(),
});
export type ModelFlags = Readonly<z.infer<typeof modelFlagsSchema>>;

const changedModel = z.strictObject({
  /** `server/model`. */
  model: z.string(),
  /** True where the server stands in the settings from now on. */
  serverAdded: z.boolean(),
});

export const modelContract = {
  /** Resolves when it is loaded, which may take minutes; where its server can't be told to, or fails, it is refused with the reason. */
  load: oc.input(ofModel).output(ofModel),
  /** Resolves when it is no longer in memory. */
  unload: oc.input(ofModel).output(ofModel),
  /** What is being loaded and unloaded, because it was asked for here or for a request, at once and whenever that changes. */
  loads: oc.output(eventIterator(modelLoadsType)),
  /** Has a server fetch a model; it goes on when nobody looks. Refused where the server can't be told to. */
  pull: oc.input(pullSchema).output(pullSchema),
  /** Ends that, or forgets that it failed. */
  stopPull: oc.input(pullSchema).output(pullSchema),
  /** What is being fetched, at once and whenever that changes. */
  pulls: oc.output(eventIterator(pullsType)),
  /** What a slot stands for: a model's id or an alias; null empties it. */
  setSlot: oc
    .input(z.strictObject({ slot: z.enum(slotNames), model: z.string().min(1).nullable() }))
    .output(z.strictObject({ slot: z.enum(slotNames), model: z.string().nullable() })),
  /**
   * Gives a model a further name. With `was`, that alias gets the new name or leads elsewhere and keeps its other settings; slots and keys that name it
   * follow.
   */
  setAlias: oc
    .input(
      z.strictObject({
        id: aliasSchema.shape.id,
        model: modelId,
        was: z.string().min(1).optional(),
        /** The default of a new alias, for requests that say none. */
        temperature: z.number().min(0).max(2).optional(),
        /** From now on these; without them an alias that is there keeps its own. */
        rules: aliasRulesSchema.optional(),
      }),
    )
    .output(z.strictObject({ id: z.string(), target: z.string() })),
  /** What an alias does beside leading to its model. */
  aliasRules: oc.input(z.strictObject({ id: z.string().min(1) })).output(aliasRulesSchema),
  removeAlias: oc.input(z.strictObject({ id: z.string().min(1) })).output(
    z.strictObject({
      id: z.string(),
      /** Slots that still mean it, and nothing now. */
      stillNamedBy: z.array(z.string()),
    }),
  ),
  /** What the model takes of this computer's memory, and what its server documents to keep it fast. By id, alias or slot. */
  advice: oc.input(z.strictObject({ model: z.string().min(1).max(500) })).output(modelAdviceType),
  /** Which models to start with on this computer. */
  starters: oc.output(startAdviceType),
  /**
   * The check-up of a model, by id, alias or slot: each check as it runs and what it found, then the whole. Whoever no longer listens ends it.
   * It changes nothing; without a service it is refused.
   */
  check: oc.input(z.strictObject({ model: z.string().min(1).max(500) })).output(eventIterator(checkupProgressType)),
  /** Which models were checked since the service began, and how they did. */
  checkups: oc.output(checkupSummariesType),
  /** The last check-up of a model that came to its end since the service began; null where there is none. */
  lastCheckup: oc.input(z.strictObject({ model: z.string().min(1).max(500) })).output(doneCheckupType),
  /** Sets flags that a check-up has learnt, in the settings. A server that was only detected is added to them first. */
  applyFlags: oc
    .input(z.strictObject({ model: z.string().min(1).max(500), flags: checkupFlagsSchema }))
    .output(changedModel),
  /** How the model deviates, by flags that its server or the settings tell; the kind's own are not in it. */
  flags: oc.input(z.strictObject({ model: z.string().min(1).max(500) })).output(modelFlagsSchema),
  /** Takes flags of a model out of the settings. */
  resetFlags: oc
    .input(z.strictObject({ model: z.string().min(1).max(500), flags: z.array(compatFlagsSchema.keyof()).min(1) }))
    .output(changedModel),
  /** What the settings say of a model's context, tokens, which beats what its server says; null: nothing. A detected server is added to them first. */
  setContextWindow: oc
    .input(z.strictObject({ model: z.string().min(1).max(500), contextWindow: contextWindowSchema.nullable() }))
    .output(changedModel),
};
