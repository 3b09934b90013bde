import { agentPromptTokens, roomFor } from '../../src-shared/agent-prompts.ts';
import type { AgentChoices, AgentId } from '../../src-shared/agents.ts';
import { allowsModel } from '../../src-shared/model-pattern.ts';
import { serverKind } from '../../src-shared/server-kinds.ts';
import {
  type KeySettings,
  type Settings,
  type SlotName,
  type Slots,
  slotNames,
  type UpstreamKindId,
} from '../../src-shared/settings.ts';
import { agents } from '../agents/all-agents.ts';
import type { AgentModel } from '../agents/coding-agent.ts';
import { createModelDirectory } from '../models/route.ts';
import type { ListedModel, ModelDirectory } from '../models/route.types.ts';
import type { Detection } from '../upstreams/detection.ts';
import { refused } from './agent-answers.ts';

/** What an agent is to work with: the model, those of its tiers, and all that may be chosen. */
export interface ChosenModels {
  readonly model: AgentModel;
  readonly slots: Readonly<Partial<Record<SlotName, AgentModel>>>;
  readonly models: readonly AgentModel[];
  /** Their ids, to be remembered. */
  readonly names: Slots;
  /** Models with too little context for this agent, and what to do. */
  readonly warnings: readonly string[];
}

export interface ModelSource {
  readonly settings: () => Settings;
  readonly detection: Detection;
  /** Whether servers are asked all the time, by a service that runs. */
  readonly isWatching: () => boolean;
}

/** The key that an agent has, by what may be done with it. */
export type AgentRights = Pick<KeySettings, 'name' | 'models'>;

/**
 * Finds the models that were chosen: by name, else those of an earlier set-up (`before`), else the settings' slots. Throws a RefusedChange where
 * there is no model, none of a name, or one that the agent's key may not call; `rights` is null where it has no key yet.
 */
export async function chooseModels(
  { settings, detection, isWatching }: ModelSource,
  choices: AgentChoices,
  before: Slots,
  rights: AgentRights | null = null,
): Promise<ChosenModels> {
  if (!isWatching()) await detection.refresh();
  const directory = createModelDirectory({ settings, snapshot: detection.snapshot, firstScan: detection.firstScan });
  const common = settings().slots;
  const name = choices.model ?? choices.slots?.default ?? before.default ?? common.default;
  if (name === undefined) {
    throw refused('no model was named, and there is no default slot in the settings');
  }
  // With a new model the tiers of the set-up before are not meant any more.
  const earlier = choices.model === undefined ? before : {};
  const named = slotNames.flatMap((slot): readonly (readonly [SlotName, string])[] => {
    const wanted = slot === 'default' ? undefined : (choices.slots?.[slot] ?? earlier[slot]);
    return wanted === undefined ? [] : [[slot, wanted]];
  });
  const mayCall = ({ id, modelId }: ListedModel): boolean => rights === null || allowsModel(rights.models, modelId, id);
  const found = async (wanted: string): Promise<AgentModel> => {
    const listed = await find(directory, wanted);
    if (rights === null || mayCall(listed)) return described(listed);
    throw refused(
      `the key "${rights.name}" may call ${rights.models.join(', ')} only, and not ${listed.id}: allow it under Settings, Keys, or by \`dragoman key allow\``,
    );
  };
  const model = await found(name);
  const slots = await Promise.all(named.map(async ([slot, wanted]) => [slot, await found(wanted)] as const));
  return {
    model,
    slots: Object.fromEntries(slots),
    models: directory.list().filter(mayCall).map(described),
    names: { default: model.id, ...Object.fromEntries(slots.map(([slot, { id }]) => [slot, id])) },
    warnings: await contextWarnings(directory, choices.agent, [name, ...named.map(([, wanted]) => wanted)]),
  };
}

/** The agent's own prompt against the context in force of each model, named by whatever name. */
async function contextWarnings(
  directory: ModelDirectory,
  agent: AgentId,
  names: readonly string[],
): Promise<readonly string[]> {
  const warnings = await Promise.all(
    [...new Set(names)].map(async (name) => {
      const found = await directory.route(name);
      const { contextWindow = null, target } = found.ok ? found.route : {};
      return contextWindow === null || target === undefined
        ? []
        : contextWarning(agent, name, contextWindow, target.kind.id);
    }),
  );
  return warnings.flat();
}

function contextWarning(agent: AgentId, model: string, context: number, kind: UpstreamKindId): readonly string[] {
  const room = roomFor(agent, context);
  if (room === 'enough') return [];
  const { label } = agents[agent];
  const count = (tokens: number): string => tokens.toLocaleString('en');
  const so =
    room === 'none'
      ? 'not even its first request fits'
      : 'after a few steps it has to forget what it did, again and again';
  return [
    `${model} has a context of ${count(context)} tokens. ${label} takes about ${count(agentPromptTokens[agent])} for its own instructions and tools: ${so}. ${serverKind(kind).largerContext}`,
  ];
}

async function find(directory: ModelDirectory, name: string): Promise<ListedModel> {
  const found = await directory.describe(name);
  if (found.ok) return found.model;
  throw refused(found.error.message);
}

function described({ id, contextWindow, maxOutputTokens, vision, reasoning, tools }: ListedModel): AgentModel {
  return { id, contextWindow, maxOutputTokens, vision, reasoning, tools };
}
