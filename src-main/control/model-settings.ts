import { implement, ORPCError } from '@orpc/server';
import type { CheckupFlags } from '../../src-shared/checkup.ts';
import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import type { JsonValue } from '../../src-shared/json.ts';
import { modelContract } from '../../src-shared/model-control.ts';
import type { Settings } from '../../src-shared/settings.ts';
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

  async function find(model: string): Promise<{ readonly modelId: string; readonly named: NamedModel }> {
    const found = await directory.route(model);
    if (!found.ok) throw new ORPCError('NOT_FOUND', { message: found.error.message });
    const { target, modelId } = found.route;
    const server = detection.snapshot().servers.find((known) => known.target.id === target.id);
    if (server === undefined) throw new ORPCError('NOT_FOUND', { message: `${target.id} is not known any more.` });
    // What is asked may be a variant of it; the settings speak of the model itself.
    return { modelId, named: { server, name: modelId.slice(target.id.length + 1) } };
  }

  async function change(model: string, wanted: ModelChange) {
    const { modelId, named } = await find(model);
    const serverAdded = await editModelSettings(settings, named, wanted);
    // In force by the time that this is answered.
    detection.settingsChanged();
    return { model: modelId, serverAdded };
  }

  return {
    applyFlags: procedures.applyFlags.handler(({ input }) => change(input.model, { flags: present(input.flags) })),
    setContextWindow: procedures.setContextWindow.handler(({ input: { model, contextWindow } }) =>
      change(model, { contextWindow }),
    ),
    flags: procedures.flags.handler(async ({ input }) => {
      const { named } = await find(input.model);
      const { server, name } = named;
      const listed = server.inspection?.models.find((model) => model.name === name);
      const own = settings.current().upstreams.find(({ id }) => id === server.target.id)?.models ?? {};
      const key = namesOf(named).find((known) => Object.hasOwn(own, known));
      return { server: { ...listed?.flags }, settings: { ...(key !== undefined && own[key]?.flags) } };
    }),
    resetFlags: procedures.resetFlags.handler(async ({ input }) => {
      const { modelId, named } = await find(input.model);
      await settings.edit(({ upstreams }) => withoutFlags(upstreams, named, input.flags));
      detection.settingsChanged();
      return { model: modelId, serverAdded: false };
    }),
  };
}

/** A model under the name that its server lists. */
interface NamedModel {
  readonly server: KnownServer;
  readonly name: string;
}

function present(
  flags: { readonly [Name in keyof CheckupFlags]: CheckupFlags[Name] | undefined },
): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([name, value]): [string, JsonValue][] =>
      value === undefined ? [] : [[name, typeof value === 'object' && value !== null ? [...value] : value]],
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
  model: NamedModel,
  { flags = {}, contextWindow }: ModelChange,
): Promise<boolean> {
  const { server, name } = model;
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
      const value = { id, kind: kind.id, baseUrl: server.baseUrl, models: { [name]: said } };
      return serverAdded ? [{ kind: 'append', path: ['upstreams'], value }] : [];
    }
    const known = namesOf(model).find((one) => Object.hasOwn(own.models, one));
    const entry = ['upstreams', index, 'models', known ?? name] as const;
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

/** Takes those of the flags away that the settings have of a model, and with the last one what held them. */
function withoutFlags(
  upstreams: Settings['upstreams'],
  model: NamedModel,
  flags: readonly (keyof CompatFlags)[],
): readonly SettingsEdit[] {
  const index = upstreams.findIndex(({ id }) => id === model.server.target.id);
  const own = upstreams[index]?.models ?? {};
  const key = namesOf(model).find((name) => Object.hasOwn(own, name));
  const said = key === undefined ? undefined : own[key]?.flags;
  if (key === undefined || said === undefined) return [];
  const held = Object.keys(said);
  const path = ['upstreams', index, 'models', key, 'flags'] as const;
  const gone = held.filter((flag) => flags.some((one) => one === flag));
  if (gone.length > 0 && gone.length === held.length) return [{ kind: 'remove', path }];
  return gone.map((flag): SettingsEdit => ({ kind: 'remove', path: [...path, flag] }));
}

/** The names under which the settings may hold this model. */
function namesOf({ server, name }: NamedModel): readonly string[] {
  const listed = server.inspection?.models.find((model) => model.name === name);
  return [name, ...(listed?.otherNames ?? [])];
}
