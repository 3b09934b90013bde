import type { AgentChoices } from '../../src-shared/agents.ts';
import { type Settings, type SlotName, type Slots, slotNames } from '../../src-shared/settings.ts';
import type { AgentModel } from '../agents/coding-agent.ts';
import { RefusedChange } from '../agents/refused-change.ts';
import { createModelDirectory } from '../models/route.ts';
import type { ListedModel, ModelDirectory } from '../models/route.types.ts';
import type { Detection } from '../upstreams/detection.ts';

/** What an agent is to work with: the model, those of its tiers, and all that may be chosen. */
export interface ChosenModels {
  readonly model: AgentModel;
  readonly slots: Readonly<Partial<Record<SlotName, AgentModel>>>;
  readonly models: readonly AgentModel[];
  /** Their ids, to be remembered. */
  readonly names: Slots;
}

export interface ModelSource {
  readonly settings: () => Settings;
  readonly detection: Detection;
  /** Whether servers are asked all the time, by a service that runs. */
  readonly isWatching: () => boolean;
}

/**
 * Finds the models that were chosen: by name, else those of an earlier set-up (`before`), else the settings' slots. Throws a RefusedChange where
 * there is no model, or none of a name.
 */
export async function chooseModels(
  { settings, detection, isWatching }: ModelSource,
  choices: AgentChoices,
  before: Slots,
): Promise<ChosenModels> {
  if (!isWatching()) await detection.refresh();
  const directory = createModelDirectory({ settings, snapshot: detection.snapshot, firstScan: detection.firstScan });
  const common = settings().slots;
  const name = choices.model ?? choices.slots?.default ?? before.default ?? common.default;
  if (name === undefined) {
    throw new RefusedChange({
      why: 'no model was named, and there is no default slot in the settings',
      path: null,
      line: null,
    });
  }
  // With a new model the tiers of the set-up before are not meant any more.
  const earlier = choices.model === undefined ? before : {};
  const named = slotNames.flatMap((slot): readonly (readonly [SlotName, string])[] => {
    const wanted = slot === 'default' ? undefined : (choices.slots?.[slot] ?? earlier[slot]);
    return wanted === undefined ? [] : [[slot, wanted]];
  });
  const model = await find(directory, name);
  const slots = await Promise.all(named.map(async ([slot, wanted]) => [slot, await find(directory, wanted)] as const));
  return {
    model,
    slots: Object.fromEntries(slots),
    models: directory.list().map(described),
    names: { default: model.id, ...Object.fromEntries(slots.map(([slot, { id }]) => [slot, id])) },
  };
}

async function find(directory: ModelDirectory, name: string): Promise<AgentModel> {
  const found = await directory.describe(name);
  if (found.ok) return described(found.model);
  throw new RefusedChange({ why: found.error.message, path: null, line: null });
}

function described({ id, contextWindow, maxOutputTokens, vision, reasoning, tools }: ListedModel): AgentModel {
  return { id, contextWindow, maxOutputTokens, vision, reasoning, tools };
}
