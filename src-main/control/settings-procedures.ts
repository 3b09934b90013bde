import { implement, ORPCError } from '@orpc/server';
import { isObject } from '../../src-shared/json.ts';
import { type ChangeableSetting, type SettingValue, settingsContract } from '../../src-shared/settings-contract.ts';
import { SettingsFailure } from '../settings/problem.ts';
import type { SettingsStore } from '../settings/store.ts';
import type { SettingsFeed } from './settings-feed.ts';

export interface SettingsParts {
  readonly settings: SettingsStore;
  readonly settingsFeed: SettingsFeed;
  /** Tries once more to listen where the settings say; null where no service runs. */
  readonly listenAgain: (() => Promise<void>) | null;
}

/** What may be asked of the settings file. */
export function settingsProcedures({ settings, settingsFeed, listenAgain }: SettingsParts) {
  const procedures = implement(settingsContract);

  /** A value is refused in the words of the schema that the file is held to; a file that is broken already, in those of the file. */
  async function set(setting: ChangeableSetting, value: SettingValue): Promise<void> {
    await settings.reload();
    const before = settings.problems();
    if (before.length > 0) throw new SettingsFailure(settings.file, before);
    const path = placeOf(setting);
    if (JSON.stringify(valueAt(settings.current(), path)) === JSON.stringify(value)) return;
    try {
      await settings.edit(() => [{ kind: 'set', path, value }]);
    } catch (error) {
      const wrong =
        error instanceof SettingsFailure ? error.problems.filter((problem) => isWithin(problem.path, setting)) : [];
      if (wrong.length === 0) throw error;
      throw new ORPCError('BAD_REQUEST', { message: wrong.map(({ message }) => message).join('; ') });
    }
  }

  return {
    subscribe: procedures.subscribe.handler(({ signal }) => settingsFeed.subscribe(signal)),
    set: procedures.set.handler(({ input }) => set(input.setting, input.value)),
    listenAgain: procedures.listenAgain.handler(async () => {
      if (listenAgain === null) throw new ORPCError('PRECONDITION_FAILED', { message: 'No gateway runs.' });
      await listenAgain();
    }),
  };
}

function placeOf(setting: ChangeableSetting): readonly [string, string] {
  const [section = '', key = ''] = setting.split('.');
  return [section, key];
}

function valueAt(settings: object, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, step) => (isObject(value) ? value[step] : undefined), settings);
}

/** True for the setting's own place and those inside it, e.g. `detection.ports[0]`. */
function isWithin(path: string, setting: ChangeableSetting): boolean {
  return path === setting || path.startsWith(`${setting}[`);
}
