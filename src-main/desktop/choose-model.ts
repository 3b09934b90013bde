import { ORPCError } from '@orpc/client';
import type { ModelsReport } from '../../src-shared/catalogue.ts';
import type { ControlClient } from '../control/client.ts';

/** Makes a model, or an alias, the one that the `default` slot stands for, and loads it where it is not loaded and its server can be told to. */
export async function chooseModel(chosen: string, { models }: Pick<ControlClient, 'models'>): Promise<void> {
  await models.setSlot({ slot: 'default', model: chosen });
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
