import { implement, ORPCError } from '@orpc/server';
import { modelContract } from '../../src-shared/model-control.ts';
import { aliasRulesSchema, type Settings, type SlotName, slotNames } from '../../src-shared/settings.ts';
import type { ModelLoader } from '../models/model-loader.ts';
import type { SettingsEdit } from '../settings/edit-text.ts';
import type { SettingsStore } from '../settings/store.ts';
import { ruleEdits, saidRules } from './alias-rules.ts';
import { followed } from './changes.ts';

export interface ModelParts {
  readonly settings: SettingsStore;
  readonly loader: ModelLoader;
}

/** What may be asked about single models: loading and unloading, slots and aliases. */
export function modelProcedures({ settings, loader }: ModelParts) {
  const procedures = implement(modelContract);
  return {
    load: procedures.load.handler(async ({ input }) => {
      await loader.load(input.model);
      return input;
    }),
    unload: procedures.unload.handler(async ({ input }) => {
      await loader.unload(input.model);
      return input;
    }),
    loads: procedures.loads.handler(({ signal }) => followed(loader, loader.loads, signal)),
    setSlot: procedures.setSlot.handler(async ({ input }) => {
      const { slot, model } = input;
      await settings.edit(({ slots }): readonly SettingsEdit[] => {
        if (model !== null) return [{ kind: 'set', path: ['slots', slot], value: model }];
        return slots[slot] === undefined ? [] : [{ kind: 'remove', path: ['slots', slot] }];
      });
      return input;
    }),
    setAlias: procedures.setAlias.handler(async ({ input: { id, model, was, temperature, rules } }) => {
      if (slotNames.some((slot) => slot === id))
        throw new ORPCError('CONFLICT', { message: `"${id}" is the name of a slot: give the alias another one.` });
      const [upstream = '', ...rest] = model.split('/');
      const leadsTo = { upstream, model: rest.join('/') };
      await settings.edit((now) => {
        if (id !== was && now.models.some((alias) => alias.id === id))
          throw new ORPCError('CONFLICT', { message: `There is an alias "${id}" already.` });
        if (was === undefined) {
          const said = { ...(temperature !== undefined && { defaults: { temperature } }), ...saidRules(rules) };
          return [{ kind: 'append', path: ['models'], value: { id, ...leadsTo, ...said } }];
        }
        const index = indexOfAlias(now, was);
        return [
          ...Object.entries({ id, ...leadsTo }).map(
            ([key, value]): SettingsEdit => ({ kind: 'set', path: ['models', index, key], value }),
          ),
          ...followers(now, was, id),
          ...ruleEdits(now, index, rules),
        ];
      });
      return { id, target: model };
    }),
    aliasRules: procedures.aliasRules.handler(({ input: { id } }) => {
      const now = settings.current();
      return aliasRulesSchema.strip().parse(now.models[indexOfAlias(now, id)]);
    }),
    removeAlias: procedures.removeAlias.handler(async ({ input: { id } }) => {
      await settings.edit((now) => [{ kind: 'remove', path: ['models', indexOfAlias(now, id)] }]);
      return { id, stillNamedBy: slotsNaming(settings.current(), id) };
    }),
  };
}

function indexOfAlias({ models }: Settings, id: string): number {
  const index = models.findIndex((alias) => alias.id === id);
  if (index === -1) throw new ORPCError('NOT_FOUND', { message: `There is no alias "${id}" in the settings.` });
  return index;
}

function slotsNaming({ slots }: Settings, id: string): SlotName[] {
  return slotNames.filter((slot) => slots[slot] === id);
}

/** What names an alias by its old name gets the new one. */
function followers(settings: Settings, was: string, id: string): readonly SettingsEdit[] {
  if (was === id) return [];
  const slots = slotsNaming(settings, was).map(
    (slot): SettingsEdit => ({ kind: 'set', path: ['slots', slot], value: id }),
  );
  const keys = settings.keys.flatMap(({ models }, index): readonly SettingsEdit[] =>
    models.includes(was)
      ? [{ kind: 'set', path: ['keys', index, 'models'], value: models.map((name) => (name === was ? id : name)) }]
      : [],
  );
  const others = settings.models.flatMap((alias, index) =>
    (['sharedWith', 'fallback'] as const).flatMap((list): readonly SettingsEdit[] =>
      alias[list].includes(was)
        ? [
            {
              kind: 'set',
              path: ['models', index, list],
              value: alias[list].map((name) => (name === was ? id : name)),
            },
          ]
        : [],
    ),
  );
  return [...slots, ...keys, ...others];
}
