import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { keySources } from '../../src-shared/agents.ts';
import type { JsonValue } from '../../src-shared/json.ts';
import { slotNames } from '../../src-shared/settings.ts';
import { type ChangeLock, createChangeLock } from './change-lock.ts';
import { codeOf, RefusedChange } from './refused-change.ts';

const jsonValue: z.ZodType<JsonValue> = z.json();
const pathSchema = z.array(
  z.union([z.string(), z.strictObject({ item: z.union([z.string(), z.record(z.string(), z.string())]) })]),
);

const ownedFileSchema = z.strictObject({
  /** Absolute. */
  path: z.string(),
  /** Whether there was no such file before. */
  created: z.boolean(),
  /** Folders that were made for it, outermost first. */
  folders: z.array(z.string()),
  base: z.string(),
  written: z.string(),
  values: z.array(z.strictObject({ path: pathSchema, before: z.string().nullable(), value: jsonValue })),
  containers: z.array(pathSchema),
});
/** What is ours in one file; see owned-values.ts. */
export type OwnedFile = Readonly<z.infer<typeof ownedFileSchema>>;

const setupSchema = z.strictObject({
  /** Model ids by slot; `default` is the model itself. */
  models: z.partialRecord(z.enum(slotNames), z.string()),
  /** Whether statistics and update checks were switched off; they are where nothing is said. */
  quiet: z.boolean().optional(),
  /** Where the agent finds its key; in its file where nothing is said. */
  keyFrom: z.enum(keySources).optional(),
  /** ISO 8601. */
  at: z.string(),
  files: z.array(ownedFileSchema),
});
export type Setup = Readonly<z.infer<typeof setupSchema>>;

const entrySchema = z.strictObject({
  agent: z.string(),
  scope: z.string(),
  /** What stands in the files; null once it was taken back and only remembered. */
  setup: setupSchema.nullable(),
  /** What stood there before, while the files are being written; a death in between leaves both, and the files tell which is true. */
  previous: setupSchema.nullable(),
  /** The choices of a set-up that was taken back to be brought back later. */
  kept: z.partialRecord(z.enum(slotNames), z.string()).nullable(),
  /** What was chosen beside the models then. */
  keptChoices: setupSchema.pick({ quiet: true, keyFrom: true }).optional(),
});
export type RecordEntry = Readonly<z.infer<typeof entrySchema>>;

const recordSchema = z.strictObject({ version: z.literal(1), setups: z.array(entrySchema) });

/** What we own in the user's files: `<home>/agents.json`, for this user only, since the texts in it may hold keys. */
export interface SetupRecord {
  find(agent: string, scope: string): Promise<RecordEntry | null>;
  list(): Promise<readonly RecordEntry[]>;
  /** Replaces the entry of the same agent and scope; one in which nothing is left goes. */
  put(entry: RecordEntry): Promise<void>;
  /** Does something while nobody else changes agents' files. */
  readonly alone: ChangeLock['alone'];
}

/** Its name, in the folder of settings and state. */
export const recordFile = 'agents.json';

export function openSetupRecord(home: string): SetupRecord {
  const file = join(home, recordFile);
  const { alone } = createChangeLock(join(home, 'agents.lock'));

  async function list(): Promise<readonly RecordEntry[]> {
    try {
      return recordSchema.parse(JSON.parse(await readFile(file, 'utf8'))).setups;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      if (error instanceof SyntaxError || error instanceof z.ZodError) {
        const why =
          'this record of what Dragoman has written is broken: move it away; backups of all files stand in the folder beside it';
        throw new RefusedChange({ why, path: file, line: null });
      }
      throw error;
    }
  }

  async function put(entry: RecordEntry): Promise<void> {
    const others = (await list()).filter(({ agent, scope }) => agent !== entry.agent || scope !== entry.scope);
    const isEmpty = entry.setup === null && entry.previous === null && entry.kept === null;
    const setups = isEmpty ? others : [...others, entry];
    await mkdir(home, { recursive: true, mode: 0o700 });
    await writeFileAtomic(file, `${JSON.stringify({ version: 1, setups }, null, 2)}\n`, { mode: 0o600 });
  }

  return {
    list,
    find: async (agent, scope) =>
      (await list()).find((entry) => entry.agent === agent && entry.scope === scope) ?? null,
    put,
    alone,
  };
}
