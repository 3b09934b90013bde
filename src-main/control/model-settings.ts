import { implement, ORPCError } from '@orpc/server';
import type { CheckupFlags } from '../../src-shared/checkup.ts';
import type { JsonValue } from '../../src-shared/json.ts';
import { modelContract } from '../../src-shared/model-control.ts';
import type { ModelDirectory } from '../models/route.types.ts';
import type { SettingsEdit } from '../settings/edit-text.ts';
import type { SettingsStore } from '../settings/store.ts';
import type { Detection, KnownServer } from '../upstreams/detection.ts';

export interface ModelSettingsParts {
  readonly settings: SettingsStore;
  readonly detection: Detection;
  readonly directory: ModelDirectory;
}

/** What the settings say of single models: flags that a check-up has learnt, and the context window. */
export function modelSettingsProcedures({ settings, detection, directory }: ModelSettingsParts) {
  const procedures = implement(modelContract);

  async function change(model: string, wanted: ModelChange) {
    const found = await directory.route(model);
    if (!found.ok) throw new ORPCError('NOT_FOUND', { message: found.error.message });
    const { target, modelId } = found.route;
    // What is asked may be a variant of it; the settings speak of the model itself.
    const name = modelId.slice(target.id.length + 1);
    const server = detection.snapshot().servers.find((known) => known.target.id === target.id);
    if (server === undefined) throw new ORPCError('NOT_FOUND', { message: `${target.id} is not known any more.` });
    const serverAdded = await editModelSettings(settings, server, name, wanted);
    // In force by the time that this is answered.
    detection.settingsChanged();
    return { model: modelId, serverAdded };
  }

  return {
    applyFlags: procedures.applyFlags.handler(({ input }) => change(input.model, { flags: present(input.flags) })),
    setContextWindow: procedures.setContextWindow.handler(({ input: { model, contextWindow } }) =>
      change(model, { contextWindow }),
    ),
  };
}

function present(
  flags: { readonly [Name in keyof CheckupFlags]: CheckupFlags[Name] | undefined },
): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([name, value]): [string, JsonValue][] =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/** What is to be changed of a model's own settings. */
interface ModelChange {
  /** Set beside those that it has. */
  readonly flags?: Readonly<Record<string, JsonValue>>;
  /** Tokens; null takes it away. */
  readonly contextWindow?: number | null;
}

/**
 * Changes what the settings say of one model of a server, under the name that they have it by. A server that was only detected is added to them first;
 * resolves with whether that was so.
 */
async function editModelSettings(
  settings: SettingsStore,
  server: KnownServer,
  model: string,
  { flags = {}, contextWindow }: ModelChange,
): Promise<boolean> {
  const { id, kind } = server.target;
  let serverAdded = false;
  await settings.edit(({ upstreams }): readonly SettingsEdit[] => {
    const index = upstreams.findIndex((upstream) => upstream.id === id);
    const own = upstreams[index];
    serverAdded = own === undefined && contextWindow !== null;
    if (own === undefined) {
      const said = {
        ...(contextWindow != null && { contextWindow }),
        ...(Object.keys(flags).length > 0 && { flags }),
      };
      const value = { id, kind: kind.id, baseUrl: server.baseUrl, models: { [model]: said } };
      return serverAdded ? [{ kind: 'append', path: ['upstreams'], value }] : [];
    }
    const known = namesOf(server, model).find((name) => Object.hasOwn(own.models, name));
    const entry = ['upstreams', index, 'models', known ?? model] as const;
    const isSaid = known !== undefined && own.models[known]?.contextWindow !== undefined;
    const context: readonly SettingsEdit[] =
      contextWindow === undefined || (contextWindow === null && !isSaid)
        ? []
        : contextWindow === null
          ? [{ kind: 'remove', path: [...entry, 'contextWindow'] }]
          : [{ kind: 'set', path: [...entry, 'contextWindow'], value: contextWindow }];
    return [
      ...context,
      ...Object.entries(flags).map(
        ([flag, value]): SettingsEdit => ({ kind: 'set', path: [...entry, 'flags', flag], value }),
      ),
    ];
  });
  return serverAdded;
}

/** The names under which the settings may hold this model. */
function namesOf(server: KnownServer, model: string): readonly string[] {
  const listed = server.inspection?.models.find(({ name }) => name === model);
  return [model, ...(listed?.otherNames ?? [])];
}
