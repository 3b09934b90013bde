import { readFile } from 'node:fs/promises';
import { isObject } from '../../src-shared/json.ts';
import { codeOf } from '../agents/refused-change.ts';
import { readDocument } from '../settings/document.ts';
import { SettingsFailure } from '../settings/problem.ts';
import type { SettingsStore } from '../settings/store.ts';

/** That the gateway is there when the user logs in: agents that are set up reach no model without it. */
export interface LoginStart {
  /** Whether it is now. */
  isOn(): boolean;
  /** Whether nobody has said yet if it should be: then the first agent that is set up decides. */
  isOpen(): Promise<boolean>;
  /** Sees to it, unless the user has said no; a settings file that is broken keeps it as it is. */
  begin(): Promise<void>;
}

/** By `desktop.openAtLogin` of the settings file, which the desktop shell follows. */
export function createLoginStart(settings: SettingsStore): LoginStart {
  async function isOpen(): Promise<boolean> {
    const content = await readFile(settings.file, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    });
    if (content === null) return true;
    const read = readDocument(content);
    if (!read.ok || !isObject(read.value)) return false;
    const { desktop } = read.value;
    return !isObject(desktop) || desktop.openAtLogin === undefined;
  }

  return {
    isOn: () => settings.current().desktop.openAtLogin,
    isOpen,
    begin: async () => {
      if (!(await isOpen())) return;
      try {
        await settings.edit(() => [{ kind: 'set', path: ['desktop', 'openAtLogin'], value: true }]);
      } catch (error) {
        if (!(error instanceof SettingsFailure)) throw error;
      }
    },
  };
}
