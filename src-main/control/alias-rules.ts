import type { JsonObject, JsonValue } from '../../src-shared/json.ts';
import { type AliasRules, aliasRulesSchema, type Settings } from '../../src-shared/settings.ts';
import type { SettingsEdit } from '../settings/edit-text.ts';

/** Rules that say nothing; the file need not hold them. */
const none = asJson(aliasRulesSchema.parse({}));

/** Those of the rules that say something, as they stand in the file. */
export function saidRules(rules: AliasRules | undefined): JsonObject {
  const said = rules === undefined ? [] : Object.entries(asJson(rules));
  return Object.fromEntries(said.filter(([name, value]) => !same(value, none[name])));
}

/** What has to be changed in the file so that the alias at `index` has these rules and no others; what stays is not touched. */
export function ruleEdits({ models }: Settings, index: number, rules: AliasRules | undefined): readonly SettingsEdit[] {
  const alias = models[index];
  if (alias === undefined || rules === undefined) return [];
  const before = asJson(alias);
  return Object.entries(asJson(rules)).flatMap(([name, after]) => {
    const path = ['models', index, name] as const;
    if (same(before[name], after)) return [];
    if (same(after, none[name])) return [{ kind: 'remove', path }];
    return same(before[name], none[name]) ? set(path, after) : changesWithin(path, before[name], after);
  });
}

/** Of an object only the keys that differ are written, so that comments at the others stay. */
function changesWithin(
  path: EditPath,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): readonly SettingsEdit[] {
  if (!isObject(before) || !isObject(after)) return set(path, after);
  const gone = Object.keys(before).filter((key) => before[key] !== undefined && after[key] === undefined);
  return [
    ...Object.entries(after).flatMap(([key, value]) => (same(before[key], value) ? [] : set([...path, key], value))),
    ...gone.map((key): SettingsEdit => ({ kind: 'remove', path: [...path, key] })),
  ];
}

type EditPath = readonly [...(string | number)[], string];

function set(path: EditPath, value: JsonValue | undefined): readonly SettingsEdit[] {
  return value === undefined ? [] : [{ kind: 'set', path, value }];
}

function asJson({ defaults, timeouts, sharedWith, fallback, localOnly }: AliasRules): JsonObject {
  const { chat_template_kwargs: given, ...others } = defaults;
  const kwargs = given === undefined ? {} : { chat_template_kwargs: { ...given } };
  return {
    defaults: { ...others, ...kwargs },
    timeouts: { ...timeouts },
    sharedWith: [...sharedWith],
    fallback: [...fallback],
    localOnly,
  };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** By what they say: the order of an object's keys is nothing. */
function same(one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  if (!isObject(one) || !isObject(other)) return JSON.stringify(one) === JSON.stringify(other);
  return [...Object.keys(one), ...Object.keys(other)].every((key) => same(one[key], other[key]));
}
