import type { JsonValue } from '../../src-shared/json.ts';
import { concealLine } from './conceal-line.ts';
import { type ConfigFormat, UneditableConfig } from './config-format.ts';
import { type ConfigPath, describePath, sameValue, valueAt, withValue } from './config-value.ts';
import {
  addValues,
  drift,
  type OwnedText,
  type OwnedValue,
  readOrThrow,
  replaceValues,
  subtract,
  type WantedValues,
} from './owned-values.ts';
import { RefusedChange } from './refused-change.ts';
import type { OwnedFile, RecordEntry, Setup } from './setup-record.ts';
import { readText } from './text-file.ts';
import { unifiedDiff } from './unified-diff.ts';

/** A file of an agent in which values of ours are to stand. */
export interface WantedFile {
  /** Absolute. */
  readonly path: string;
  readonly format: ConfigFormat;
  /** What is to stand there beside what stands there without us. */
  readonly values: WantedValues;
}

/** The exact change of one file, made from the file as it was then. */
export interface PlannedFile {
  readonly path: string;
  /** The text it was made from, and the text it leads to; null where there is no file. */
  readonly from: string | null;
  readonly to: string | null;
  /** What is ours in it afterwards; null where nothing is. */
  readonly owned: OwnedFile | null;
  /** As a unified diff, with what is secret masked; '' where nothing changes. */
  readonly diff: string;
  /** Values of ours that someone else has changed since: they stay as they are now. */
  readonly left: readonly string[];
}

/**
 * What a set-up makes of these files; one of the set-up before that is none of them any more is left without what is ours. Throws a RefusedChange, naming file and
 * line, where one can't be read or has no place for a value.
 */
export async function planSetup(
  wanted: readonly WantedFile[],
  standing: Setup | null,
  formatOf: (path: string) => ConfigFormat,
): Promise<readonly PlannedFile[]> {
  const elsewhere = standing?.files.filter((file) => !wanted.some(({ path }) => path === file.path)) ?? [];
  const cleared = standing === null ? [] : await planUndo({ ...standing, files: elsewhere }, formatOf);
  const written = await Promise.all(
    wanted.map(async ({ path, format, values }) => {
      const from = await readText(path);
      const owned = standing?.files.find((file) => file.path === path) ?? null;
      const made = inWords(path, () =>
        owned === null
          ? addValues(format, from ?? '', values)
          : replaceValues(format, from ?? '', ownedText(owned), values),
      );
      const file: OwnedFile = {
        path,
        created: from === null || (owned?.created ?? false),
        folders: owned?.folders ?? [],
        ...mutable(made),
      };
      return planned({ path, from, to: made.written, owned: file, left: [] });
    }),
  );
  return [...written, ...cleared];
}

/** What is left of these files once exactly what is ours was taken out of them as they are now. */
export async function planUndo(
  setup: Setup,
  formatOf: (path: string) => ConfigFormat,
): Promise<readonly PlannedFile[]> {
  return Promise.all(
    setup.files.map(async (owned) => {
      const { path, created } = owned;
      const from = await readText(path);
      if (from === null) return planned({ path, from, to: null, owned: null, left: [] });
      const format = formatOf(path);
      const { text, left } = inWords(path, () => subtract(format, ownedText(owned), from));
      const to = created && format.isBlank(text) ? null : text;
      return planned({ path, from, to, owned: null, left: left.map(describePath) });
    }),
  );
}

/**
 * Other values in the place of some of ours, as far as those stand as we wrote them; nothing else changes. `replace` tells what a value of ours is to be
 * from then on: itself where it stays.
 */
export async function planReplacement(
  setup: Setup,
  formatOf: (path: string) => ConfigFormat,
  replace: (value: JsonValue) => JsonValue,
): Promise<readonly PlannedFile[]> {
  return Promise.all(
    setup.files.map(async (owned) => {
      const { path } = owned;
      const from = await readText(path);
      const format = formatOf(path);
      const others = owned.values.filter(({ value }) => !sameValue(replace(value), value));
      const put = (text: string): string => inWords(path, () => putInPlace(format, text, others, replace));
      const values = owned.values.map((one) => ({ ...one, value: replace(one.value) }));
      const to = from === null ? null : put(from);
      return planned({ path, from, to, owned: { ...owned, written: put(owned.written), values }, left: [] });
    }),
  );
}

function putInPlace(
  format: ConfigFormat,
  text: string,
  values: readonly Pick<OwnedValue, 'path' | 'value'>[],
  replace: (value: JsonValue) => JsonValue,
): string {
  let [edited, expected] = [text, readOrThrow(format, text)];
  for (const { path, value } of values) {
    if (!sameValue(valueAt(expected, path), value)) continue;
    edited = format.edit(edited, { kind: 'set', path, value: replace(value) });
    expected = withValue(expected, path, replace(value));
  }
  if (sameValue(readOrThrow(format, edited), expected)) return edited;
  throw new UneditableConfig({ message: 'another value does not fit into its place', line: null, column: null });
}

/** Puts a text back as it was; what was written since goes, so the difference is to be shown first. */
export async function planRestore(path: string, text: string): Promise<PlannedFile> {
  return planned({ path, from: await readText(path), to: text, owned: null, left: [] });
}

/** What of ours is not as we wrote it, by file. */
export async function driftOf(
  setup: Setup,
  formatOf: (path: string) => ConfigFormat,
): Promise<readonly { readonly path: string; readonly values: readonly string[] }[]> {
  const all = await Promise.all(
    setup.files.map(async (owned) => {
      // In a file that can't be read nothing of ours counts.
      const text = await readText(owned.path).catch((error: unknown) => {
        if (error instanceof RefusedChange) return null;
        throw error;
      });
      const values = drift(formatOf(owned.path), ownedText(owned), text ?? '');
      return { path: owned.path, values: values.map((path: ConfigPath) => describePath(path)) };
    }),
  );
  return all.filter(({ values }) => values.length > 0);
}

/** Which of the two set-ups that a death left in the record stands in the files: that of which more is there. */
export async function settled(entry: RecordEntry, formatOf: (path: string) => ConfigFormat): Promise<RecordEntry> {
  const { setup, previous } = entry;
  if (previous === null) return entry;
  const missing = async (candidate: Setup): Promise<number> =>
    (await driftOf(candidate, formatOf)).reduce((sum, { values }) => sum + values.length, 0);
  const isOld = setup === null || (await missing(previous)) < (await missing(setup));
  return { ...entry, setup: isOld ? previous : setup, previous: null };
}

function planned(file: Omit<PlannedFile, 'diff'>): PlannedFile {
  return { ...file, diff: file.from === file.to ? '' : unifiedDiff(file.path, file.from, file.to, concealLine) };
}

function ownedText({ base, written, values, containers }: OwnedFile): OwnedText {
  return { base, written, values, containers };
}

function mutable({
  base,
  written,
  values,
  containers,
}: OwnedText): Pick<OwnedFile, 'base' | 'written' | 'values' | 'containers'> {
  const copy = (path: ConfigPath) => path.map((step) => (typeof step === 'string' ? step : { item: step.item }));
  return {
    base,
    written,
    values: values.map(({ path, before, value }) => ({ path: copy(path), before, value })),
    containers: containers.map(copy),
  };
}

function inWords<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof UneditableConfig)) throw error;
    const { message, line, column } = error.problem;
    const place = line === null ? '' : `line ${line}${column === null ? '' : `, column ${column}`}: `;
    throw new RefusedChange({ why: `${place}${message}`, path, line });
  }
}
