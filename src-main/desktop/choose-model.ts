import { ORPCError } from '@orpc/client';
import type { AgentChange, AgentId } from '../../src-shared/agents.ts';
import type { ModelsReport } from '../../src-shared/catalogue.ts';
import type { ControlClient } from '../control/client.ts';

/** Makes a model, or an alias, the one that the `default` slot stands for, and loads it where it is not loaded and its server can be told to. */
export async function chooseModel(chosen: string, { models }: Pick<ControlClient, 'models'>): Promise<void> {
  await models.setSlot({ slot: 'default', model: chosen });
  await load(chosen, models);
}

/**
 * Gives an agent that is set up another model: its running sessions go over with their next request, and it is loaded as above. The models of
 * its other slots stay. Rejects with words for people where its files can't be changed now.
 */
export async function chooseAgentModel(
  agent: AgentId,
  chosen: string,
  { agents, models }: Pick<ControlClient, 'agents' | 'models'>,
): Promise<void> {
  const inUse = (await agents.inUse()).find(({ id }) => id === agent);
  // The window shows what that would write over.
  if (inUse?.drifted === true)
    throw new Error(
      `Nothing was changed: someone else has changed ${inUse.label}’s settings. Review them under Agents.`,
    );
  const { default: _before, ...slots } = inUse?.slots ?? {};
  requireDone(await agents.apply({ agent, model: chosen, slots }));
  await load(chosen, models);
}

/** Takes an agent's set-up back and remembers it, or brings it back. Rejects as above. */
export async function switchAgent(
  agent: AgentId,
  on: boolean,
  { agents }: Pick<ControlClient, 'agents'>,
): Promise<void> {
  requireDone(await (on ? agents.apply({ agent }) : agents.undo({ agent, keep: true })));
}

function requireDone({ refused }: AgentChange): void {
  if (refused === null) return;
  const { why, path } = refused;
  throw new Error(`Nothing was changed: ${why}.${path === null ? '' : ` File: ${path}`}`);
}

async function load(chosen: string, models: ControlClient['models']): Promise<void> {
  const model = modelToLoad(await models.report({ refresh: false }), chosen);
  if (model === null) return;
  try {
    await models.load({ model });
  } catch (error) {
    // What is given up because the app quits is nobody's concern.
    if (!(error instanceof ORPCError) || error.code !== 'SERVICE_UNAVAILABLE') throw error;
  }
}

function modelToLoad(report: ModelsReport, chosen: string): string | null {
  const id = report.aliases.find((alias) => alias.id === chosen)?.target ?? chosen;
  const model = report.servers.flatMap(({ models }) => models).find((one) => one.id === id);
  return model?.loaded === false && model.loading === 'idle' ? id : null;
}
