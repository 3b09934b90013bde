import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import type { KeySettings, Settings } from './settings.ts';

/** The settings as the window shows and changes them; the file stays the user's own. */

/** What may be changed from the window, by its place in the file. */
export const changeableSettings = [
  'gateway.host',
  'gateway.port',
  'gateway.maxBodyMiB',
  'gateway.holdStatusSeconds',
  'detection.enabled',
  'detection.intervalSeconds',
  'detection.ports',
  'desktop.openAtLogin',
  'desktop.startHidden',
  'desktop.theme',
  'activity.captureBodies',
  'agents.keepVariables',
  'agents.strictEnvironment',
] as const;
export type ChangeableSetting = (typeof changeableSettings)[number];

const settingValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]);
export type SettingValue = z.infer<typeof settingValue>;

/** A port that another program has. */
export interface PortTaken {
  readonly host: string;
  readonly port: number;
  /** Who has it; null where the system does not tell. */
  readonly owner: { readonly pid: number; readonly name: string } | null;
  /** A port that is free, to be offered; null where none was found near it. */
  readonly free: number | null;
}

/** Where the gateway listens, and what keeps it from listening where the settings say. */
export interface Listening {
  /** Base URL under which this machine reaches it. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** What the command line said for this run, which the settings don't change. */
  readonly fixed: { readonly host: boolean; readonly port: boolean };
  /** Earlier base URLs at which requests still finish; nothing new is taken there. */
  readonly finishing: readonly string[];
  /** Why it did not move to the address of the settings; null where it is there. */
  readonly trouble: { readonly message: string; readonly taken: PortTaken | null } | null;
}

export interface SettingsView {
  /** Absolute path of the file. */
  readonly file: string;
  /** What is wrong with the file as it stands; while there is something, it is not written to and the last good settings stay in force. */
  readonly problems: readonly {
    readonly line: number;
    readonly column: number;
    readonly path: string;
    readonly message: string;
  }[];
  /** Those in force. */
  readonly values: Pick<Settings, 'gateway' | 'detection' | 'desktop' | 'activity'>;
  readonly keys: readonly Omit<KeySettings, 'hash'>[];
  /** Null where no service runs. */
  readonly listening: Listening | null;
}

export const settingsContract = {
  /** The view as it is, and again after each change, by whomever. */
  subscribe: oc.output(eventIterator(type<SettingsView>())),
  /** Writes one value into the file. A value that the file would be refused for is a BAD_REQUEST that says what it has to be. */
  set: oc.input(z.strictObject({ setting: z.enum(changeableSettings), value: settingValue })).output(z.void()),
  /** Tries once more to listen where the settings say. */
  listenAgain: oc.output(z.void()),
};
