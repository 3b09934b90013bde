import { findNodeAtLocation, type Node } from 'jsonc-parser';
import { z } from 'zod';
import { isObject, type JsonValue } from '../../src-shared/json.ts';
import { type Settings, settingsSchema } from '../../src-shared/settings.ts';
import { positionAt, readDocument, type SettingsDocument } from './document.ts';
import { isLaterKey } from './later-keys.ts';
import { nearest } from './nearest.ts';
import { type DocumentPath, type SettingsProblem, writePath } from './problem.ts';

export type ParsedSettings =
  | { readonly ok: true; readonly settings: Settings; readonly document: SettingsDocument }
  | { readonly ok: false; readonly problems: readonly SettingsProblem[] };

/**
 * Reads a settings file's content. Either every key is known and every value right, or there is at least one problem, in the
 * order of the file; never a part of the settings.
 */
export function parseSettings(content: string): ParsedSettings {
  const read = readDocument(content);
  if (!read.ok) return read;
  const { document, value } = read;
  const parsed = settingsSchema.safeParse(value);
  const found = parsed.success
    ? duplicates(parsed.data)
    : parsed.error.issues.flatMap((issue) => describeIssue(issue, value));
  if (parsed.success && found.length === 0) return { ok: true, settings: parsed.data, document };
  const located = found.map(({ path, message, atKey }) => {
    const offset = offsetOf(document.root, path, atKey);
    return { offset, problem: { ...positionAt(document.text, offset), path: writePath(path), message } };
  });
  return { ok: false, problems: located.toSorted((a, b) => a.offset - b.offset).map(({ problem }) => problem) };
}

interface Finding {
  readonly path: DocumentPath;
  readonly message: string;
  /** True: the key is wrong, not its value. */
  readonly atKey: boolean;
}

function describeIssue(issue: z.core.$ZodIssue, document: JsonValue): readonly Finding[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const value = valueAt(document, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: describeUnknownKey(path, key), atKey: true }));
    case 'invalid_key':
      return [{ path, message: issue.issues.map((inner) => inner.message).join(', '), atKey: true }];
    default:
      break;
  }
  if (value === undefined) return [{ path, message: 'is required', atKey: false }];
  if (issue.code === 'invalid_value') {
    return [
      { path, message: `must be ${issue.values.map((allowed) => JSON.stringify(allowed)).join(' or ')}`, atKey: false },
    ];
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    return [{ path, message: `${JSON.stringify(value)} is not known here`, atKey: false }];
  }
  if (issue.code === 'invalid_union') return [{ path, message: 'is not of an allowed type', atKey: false }];
  return [{ path, message: describeValue(issue), atKey: false }];
}

/** What a value has to be, as one would say it. */
function describeValue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      if (issue.origin === 'number' || issue.origin === 'int') return `must be ${issue.minimum} or more`;
      return issue.minimum === 1 ? 'must not be empty' : `must have ${issue.minimum} entries or more`;
    case 'too_big':
      if (issue.origin === 'number' || issue.origin === 'int') return `must be ${issue.maximum} or less`;
      return `must have ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'entries'} at most`;
    case 'invalid_type':
      return issue.expected === 'int' ? 'must be a whole number' : issue.message.replace(/^Invalid input: /, '');
    default:
      return issue.message.replace(/^Invalid input: /, '');
  }
}

function describeUnknownKey(parent: DocumentPath, key: string): string {
  if (isLaterKey(pattern(parent), key))
    return `\`${key}\` is a key of a later version of Dragoman; this one does not know it`;
  const suggestion = nearest(key, knownKeys(parent));
  return `\`${key}\` is not a key of the settings${suggestion === null ? '' : `; did you mean \`${suggestion}\`?`}`;
}

/** Ids by which other parts are named must be unique. */
function duplicates(settings: Settings): readonly Finding[] {
  return (['upstreams', 'models', 'keys'] as const).flatMap((list) => {
    const seen = new Set<string>();
    return settings[list].flatMap(({ id }, index) => {
      const again = seen.has(id);
      seen.add(id);
      return again ? [{ path: [list, index, 'id'], message: `\`${id}\` stands twice`, atKey: false }] : [];
    });
  });
}

/** `['upstreams', 0, 'tls']` → `upstreams.*.tls`; the names of an upstream's models are free too. */
function pattern(path: DocumentPath): string {
  return path.map((step, index) => (typeof step === 'number' || path[index - 1] === 'models' ? '*' : step)).join('.');
}

/** The keys that the schema knows at a place, read from its JSON Schema. */
function knownKeys(path: DocumentPath): readonly string[] {
  let schema: unknown = z.toJSONSchema(settingsSchema, { io: 'input' });
  for (const step of path) {
    if (!isObject(schema)) return [];
    const properties = isObject(schema.properties) ? schema.properties : {};
    schema = typeof step === 'number' ? schema.items : (properties[step] ?? schema.additionalProperties);
  }
  if (!isObject(schema)) return [];
  const variants = [schema, ...(Array.isArray(schema.oneOf) ? schema.oneOf : [])];
  return variants.flatMap((variant) =>
    isObject(variant) && isObject(variant.properties) ? Object.keys(variant.properties) : [],
  );
}

function valueAt(document: JsonValue, path: DocumentPath): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((value, step) => {
    if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
    return typeof value === 'object' && value !== null && Object.hasOwn(value, step) ? value[step] : undefined;
  }, document);
}

/** Where the value (or its key) starts; of something that is missing, where its parent starts. */
function offsetOf(root: Node, path: DocumentPath, atKey: boolean): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node !== undefined) return atKey && node.parent?.type === 'property' ? node.parent.offset : node.offset;
  }
  return root.offset;
}
