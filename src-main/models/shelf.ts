import type { KnownServer } from '../upstreams/detection.ts';
import { type CatalogueModel, modelsOf } from './catalogue.ts';

/** One server with its models, ready to be looked up. */
export interface Shelf {
  readonly server: KnownServer;
  readonly models: readonly CatalogueModel[];
  readonly byName: ReadonlyMap<string, CatalogueModel>;
}

export function shelfOf(server: KnownServer): Shelf {
  const models = modelsOf(server);
  const byName = new Map<string, CatalogueModel>();
  for (const model of models) for (const other of model.otherNames) byName.set(other, model);
  for (const model of models) byName.set(model.name, model);
  return { server, models, byName };
}
