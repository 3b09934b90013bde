import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { type Settings, settingsSchema } from '../../src-shared/settings.ts';
import { readDocument } from './document.ts';
import { editText, type SettingsEdit } from './edit-text.ts';
import { parseSettings } from './parse.ts';
import { SettingsFailure, type SettingsProblem } from './problem.ts';
import { settingsJsonSchema } from './published-schema.ts';

export interface SettingsStore {
  /** Absolute path of `settings.json`. */
  readonly file: string;
  /** The settings in force: those of the last good file. */
  current(): Settings;
  /** What is wrong with the file as it stands now; empty where it is in force. */
  problems(): readonly SettingsProblem[];
  /** Called after each change of the settings in force or of the problems. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  /** Reads the file again; a broken one leaves the settings in force. */
  reload(): Promise<void>;
  /**
   * Changes the file: reads it again, asks for the edits that these settings need, writes all of them at once and puts the result in
   * force. Rejects with a SettingsFailure, and writes nothing, where the file is broken.
   */
  edit(plan: (settings: Settings) => readonly SettingsEdit[]): Promise<void>;
}

const newDocument = '{\n  "$schema": "./settings.schema.json"\n}\n';
const defaultSettings = settingsSchema.parse({});
/** An editor that truncates and then writes, or deletes and then moves, is done after this many milliseconds. */
const settlingMs = 150;

/**
 * Loads `<home>/settings.json`; where there is none the defaults hold. Where it is broken, `refuse` rejects with a SettingsFailure, and
 * `defaults` starts with the defaults and the problems; edits are refused then until the file is mended.
 */
export async function openSettings(home: string, whenBroken: 'refuse' | 'defaults' = 'refuse'): Promise<SettingsStore> {
  const file = join(home, 'settings.json');
  const listeners = new Set<() => void>();
  let content = await read(file);
  const first = content === null ? null : parseSettings(content);
  if (first?.ok === false && whenBroken === 'refuse') throw new SettingsFailure(file, first.problems);
  let settings = first?.ok === true ? first.settings : defaultSettings;
  let problems: readonly SettingsProblem[] = first?.ok === false ? first.problems : [];
  let queue: Promise<unknown> = Promise.resolve();

  /** One after the other, so that a reload never meets a half-done edit. */
  function inTurn<Result>(step: () => Promise<Result>): Promise<Result> {
    const result = queue.then(step);
    // The caller gets the failure; the next in turn only waits.
    queue = result.catch(() => undefined);
    return result;
  }

  function adopt(nextContent: string | null, next: Settings | null, nextProblems: readonly SettingsProblem[]): void {
    content = nextContent;
    if (next !== null) settings = next;
    problems = nextProblems;
    for (const listener of listeners) listener();
  }

  async function reload(): Promise<void> {
    let now = await read(file);
    if (now === content) return;
    let parsed = now === null ? null : parseSettings(now);
    if (parsed === null || !parsed.ok) {
      await new Promise((resolve) => setTimeout(resolve, settlingMs));
      now = await read(file);
      if (now === content) return;
      parsed = now === null ? null : parseSettings(now);
    }
    if (parsed === null) adopt(null, defaultSettings, []);
    else if (parsed.ok) adopt(now, parsed.settings, []);
    else adopt(now, null, parsed.problems);
  }

  async function edit(plan: (settings: Settings) => readonly SettingsEdit[]): Promise<void> {
    for (;;) {
      const before = await read(file);
      let text = before ?? newDocument;
      for (const change of plan(parseOrFail(file, text))) {
        const document = readDocument(text);
        if (!document.ok) throw new SettingsFailure(file, document.problems);
        text = document.document.bom + editText(document.document, change);
      }
      const next = parseOrFail(file, text);
      // Someone saved meanwhile: their text is the one to edit.
      if ((await read(file)) !== before) continue;
      await writeSchema(home);
      await writeFileAtomic(file, text, before === null ? { mode: 0o600 } : {});
      adopt(text, next, []);
      return;
    }
  }

  return {
    file,
    current: () => settings,
    problems: () => problems,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reload: () => inTurn(reload),
    edit: (plan) => inTurn(() => edit(plan)),
  };
}

/** Writes `<home>/settings.schema.json`, which the settings file's `$schema` names, where it is not this version's. */
export async function writeSchema(home: string): Promise<void> {
  const file = join(home, 'settings.schema.json');
  const text = settingsJsonSchema();
  if ((await read(file)) === text) return;
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, text);
}

async function read(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function parseOrFail(file: string, content: string | null): Settings {
  if (content === null) return defaultSettings;
  const parsed = parseSettings(content);
  if (!parsed.ok) throw new SettingsFailure(file, parsed.problems);
  return parsed.settings;
}
