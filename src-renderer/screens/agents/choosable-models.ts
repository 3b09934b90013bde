import type { ModelsReport } from '../../../src-shared/catalogue.ts';

/** Models under one heading. */
export interface ModelGroup {
  readonly name: string;
  readonly models: readonly { readonly id: string; readonly label: string }[];
}

/** Every model and alias that an agent can work with; `also` are those that were chosen before and must not get lost. */
export function choosableModels(report: ModelsReport | null, also: readonly string[]): readonly ModelGroup[] {
  if (report === null) return [];
  const aliases = report.aliases.map(({ id, target }) => ({ id, label: `${id} → ${target}` }));
  const servers = report.servers
    .filter(({ state }) => state === 'up')
    .map(({ id, models }) => ({
      name: id,
      models: models
        .filter(({ capabilities }) => capabilities.embeddings !== true)
        .map((model) => ({
          id: model.id,
          label: `${model.id}${model.loaded === false ? ' (not loaded)' : ''}`,
        })),
    }));
  const groups = [{ name: 'Aliases', models: aliases }, ...servers];
  const known = new Set(groups.flatMap(({ models }) => models.map(({ id }) => id)));
  const missing = [...new Set(also)]
    .filter((id) => !known.has(id))
    .map((id) => ({ id, label: `${id} (not reachable)` }));
  return [...groups, { name: 'Chosen before', models: missing }].filter(({ models }) => models.length > 0);
}

/** What is proposed where nothing was chosen: the default slot's, else a loaded model that calls tools, else the first one; null where there is none. */
export function proposedModel(report: ModelsReport | null): string | null {
  if (report === null) return null;
  const models = report.servers
    .filter(({ state }) => state === 'up')
    .flatMap(({ models: all }) => all)
    .filter(({ capabilities }) => capabilities.embeddings !== true);
  const best = models.find(({ loaded, capabilities }) => loaded === true && capabilities.tools !== false);
  return report.slots.default ?? best?.id ?? models[0]?.id ?? report.aliases[0]?.id ?? null;
}
