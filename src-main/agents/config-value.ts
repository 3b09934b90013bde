import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonValue } from '../../src-shared/json.ts';

/**
 * A step down into a configuration: a key, or the item of a list that is this text or has these properties. Items have no place of
 * their own: others may come and go around them.
 */
export type PathStep = string | { readonly item: string | Readonly<Record<string, string>> };
export type ConfigPath = readonly PathStep[];

/** What a parser made of a configuration or of a part of it; undefined where nothing stands. */
export type ConfigValue = unknown;

export function sameValue(one: ConfigValue, other: ConfigValue): boolean {
  return isDeepStrictEqual(one, other);
}

export function samePath(one: ConfigPath, other: ConfigPath): boolean {
  return isDeepStrictEqual(one, other);
}

export function isWithin(path: ConfigPath, container: ConfigPath): boolean {
  return path.length > container.length && samePath(path.slice(0, container.length), container);
}

/** The index of the item that a step means; -1 where the list has none. The last one counts, as the last of equal keys does. */
export function indexOfItem(list: readonly ConfigValue[], step: Exclude<PathStep, string>): number {
  const { item } = step;
  return list.findLastIndex((candidate) => {
    if (typeof item === 'string') return candidate === item;
    return isObject(candidate) && Object.entries(item).every(([key, value]) => candidate[key] === value);
  });
}

export function valueAt(root: ConfigValue, path: ConfigPath): ConfigValue {
  return path.reduce<ConfigValue>((value, step) => {
    if (typeof step !== 'string') return Array.isArray(value) ? value[indexOfItem(value, step)] : undefined;
    return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, root);
}

/** The same value with something put at `path`, containers that are missing made; the given value is left as it is. */
export function withValue(root: ConfigValue, path: ConfigPath, value: ConfigValue): ConfigValue {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === 'string') {
    const object = isObject(root) ? root : {};
    return { ...object, [step]: withValue(Object.hasOwn(object, step) ? object[step] : undefined, rest, value) };
  }
  const list: readonly ConfigValue[] = Array.isArray(root) ? root : [];
  const index = indexOfItem(list, step);
  return index === -1
    ? [...list, withValue(undefined, rest, value)]
    : list.with(index, withValue(list[index], rest, value));
}

/** The same value without what stands at `path`. */
export function withoutValue(root: ConfigValue, path: ConfigPath): ConfigValue {
  const [step, ...rest] = path;
  if (step === undefined || valueAt(root, path) === undefined) return root;
  if (typeof step === 'string') {
    if (!isObject(root)) return root;
    const { [step]: inner, ...others } = root;
    return rest.length === 0 ? others : { ...root, [step]: withoutValue(inner, rest) };
  }
  if (!Array.isArray(root)) return root;
  const index = indexOfItem(root, step);
  return rest.length === 0 ? root.toSpliced(index, 1) : root.with(index, withoutValue(root[index], rest));
}

/** An object or a list in which nothing stands. */
export function isEmptyContainer(value: ConfigValue): boolean {
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

/** Every single value below `path`; a list is one value, and so is an item of a list. */
export function leavesOf(
  path: ConfigPath,
  value: JsonValue,
): readonly { readonly path: ConfigPath; readonly value: JsonValue }[] {
  const isItem = typeof (path.at(-1) ?? '') !== 'string';
  if (isItem || !isObject(value) || Object.keys(value).length === 0) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : leavesOf([...path, key], inner)));
}

/** `env.ANTHROPIC_MODEL`, `modelProviders.openai[…]`: for people. */
export function describePath(path: ConfigPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step !== 'string') {
      return `${text}[${typeof step.item === 'string' ? step.item : Object.values(step.item).join(' ')}]`;
    }
    const key = /^[\w$-]+$/.test(step) ? step : JSON.stringify(step);
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
