import { isObject, type JsonObject, type JsonValue } from '../../../src-shared/json.ts';
import { readToolInput } from './tool-input.ts';

export interface LeakedCall {
  readonly name: string;
  /** JSON text of an object, or each argument as the text it was written as, for the tool's schema to tell what it is. */
  readonly arguments: string | ReadonlyMap<string, string>;
}

/**
 * What stands at the beginning of a text: `more`: perhaps a call, the rest must come first; `none`: no call; or calls, and how many
 * characters they take.
 */
export type LeakReading = 'more' | 'none' | { readonly calls: readonly LeakedCall[]; readonly length: number };

/** A way in which models write calls that their server's parser should have taken out of the text. */
export interface LeakFormat {
  /** How a call begins. */
  readonly opener: string;
  /** Only where the text begins: the opener alone is too common. */
  readonly atStart?: true;
  /** @param text starts with the opener; @param ended nothing follows it */
  read(text: string, ended: boolean): LeakReading;
}

/** Longest name that is waited for. */
const longestName = 256;

/** `<tool_call>{"name":…,"arguments":{…}}</tool_call>` (Hermes, Qwen), and with a function in tags inside (Qwen3-Coder). */
const toolCallTag: LeakFormat = {
  opener: '<tool_call>',
  read(text, ended) {
    const start = skipSpace(text, this.opener.length);
    if (isBeginning(text.slice(start), '<function=')) return ended ? 'none' : 'more';
    const isTagged = text.startsWith('<function=', start);
    const inner = isTagged ? functionTag.read(text.slice(start), ended) : readJson(text, start, ended, callOf);
    if (typeof inner === 'string') return inner;
    const length = isTagged ? start + inner.length : inner.length;
    return closed(text, { calls: inner.calls, length }, '</tool_call>', ended, true);
  },
};

/** `<function=name><parameter=key>value</parameter></function>` (Qwen3-Coder) and `<function=name>{…}</function>` (Llama). */
const functionTag: LeakFormat = {
  opener: '<function=',
  read(text, ended) {
    const head = text.indexOf('>');
    if (head === -1) return ended || text.length > longestName ? 'none' : 'more';
    const name = text.slice(this.opener.length, head).trim();
    const start = skipSpace(text, head + 1);
    if (text.charAt(start) === '{') {
      const inner = readJson(text, start, ended, (value) =>
        isObject(value) ? [{ name, arguments: JSON.stringify(value) }] : null,
      );
      return typeof inner === 'string' ? inner : closed(text, inner, '</function>', ended, false);
    }
    return readParameters(text, start, name, ended);
  },
};

/** A call as a JSON code block. */
const fence: LeakFormat = {
  opener: '```json',
  read(text, ended) {
    const inner = readJson(text, skipSpace(text, this.opener.length), ended, callsOf);
    return typeof inner === 'string' ? inner : closed(text, inner, '```', ended, false);
  },
};

/** Mistral: `[TOOL_CALLS][{"name":…,"arguments":{…}}]`, later `[TOOL_CALLS]name{…}` and `[TOOL_CALLS]name[ARGS]{…}`. */
const mistral: LeakFormat = {
  opener: '[TOOL_CALLS]',
  read(text, ended) {
    const start = skipSpace(text, this.opener.length);
    if (text.charAt(start) === '[' || text.charAt(start) === '{') return readJson(text, start, ended, callsOf);
    const head = /^([\w.-]+)\s*(?:\[CALL_ID\]\w*)?(?:\[ARGS\])?\s*(?=\{)/.exec(text.slice(start));
    if (head !== null) {
      const name = head[1] ?? '';
      return readJson(text, start + head[0].length, ended, (value) =>
        isObject(value) ? [{ name, arguments: JSON.stringify(value) }] : null,
      );
    }
    const mayBe = /^[\w.-]*\s*(?:\[[A-Z_]*\]?\w*)*\s*$/.test(text.slice(start));
    return mayBe && !ended && text.length < longestName ? 'more' : 'none';
  },
};

/** Llama: `<|python_tag|>{"name":…,"parameters":{…}}`, several divided by semicolons. */
const pythonTag: LeakFormat = {
  opener: '<|python_tag|>',
  read(text, ended) {
    return readSeries(text, skipSpace(text, this.opener.length), ended);
  },
};

/** Llama without its tag: the answer begins with the call. */
const bareObject: LeakFormat = {
  opener: '{',
  atStart: true,
  read(text, ended) {
    const keys = ['"name"', '"type"', '"function"', '"parameters"', '"arguments"'];
    const first = text.slice(skipSpace(text, 1));
    if (!keys.some((key) => first.startsWith(key) || isBeginning(first, key))) return 'none';
    return readSeries(text, 0, ended);
  },
};

export const leakFormats: readonly LeakFormat[] = [toolCallTag, functionTag, fence, mistral, pythonTag, bareObject];

/** Objects divided by semicolons or nothing, all of them calls; more may follow until the text ends or goes on otherwise. */
function readSeries(text: string, from: number, ended: boolean): LeakReading {
  const calls: LeakedCall[] = [];
  let length = 0;
  let at = from;
  for (;;) {
    const next = readJson(text, at, ended, callOf);
    if (typeof next === 'string') return calls.length === 0 || next === 'more' ? next : { calls, length };
    calls.push(...next.calls);
    length = next.length;
    at = skipSpace(text, length);
    if (at === text.length && !ended) return 'more';
    if (text.charAt(at) !== ';') return { calls, length };
    at = skipSpace(text, at + 1);
  }
}

/** The JSON value at `from`, as calls; `length` counts from the beginning of the text. */
function readJson(
  text: string,
  from: number,
  ended: boolean,
  read: (value: JsonValue) => readonly LeakedCall[] | null,
): LeakReading {
  if (from >= text.length) return ended ? 'none' : 'more';
  const first = text.charAt(from);
  if (first !== '{' && first !== '[') return 'none';
  const end = valueEnd(text, from);
  if (end === -1) return ended ? 'none' : 'more';
  const value = parseValue(text.slice(from, end));
  const calls = value === null ? null : read(value);
  return calls === null ? 'none' : { calls, length: end };
}

function readParameters(text: string, from: number, name: string, ended: boolean): LeakReading {
  const opener = '<parameter=';
  const closer = '</parameter>';
  const last = '</function>';
  const missing = ended ? 'none' : 'more';
  const values = new Map<string, string>();
  let at = from;
  for (;;) {
    const rest = text.slice(at);
    if (rest.startsWith(last)) return { calls: [{ name, arguments: values }], length: at + last.length };
    if (isBeginning(rest, last) || isBeginning(rest, opener)) return missing;
    if (!rest.startsWith(opener)) return 'none';
    const head = text.indexOf('>', at);
    if (head === -1) return missing;
    // A value may hold the closing tag itself: the one that counts is followed by the next parameter or the end.
    let end = head;
    for (;;) {
      end = text.indexOf(closer, end + 1);
      if (end === -1) return missing;
      const next = text.slice(skipSpace(text, end + closer.length));
      if (isBeginning(next, last) || isBeginning(next, opener)) return missing;
      if (next.startsWith(last) || next.startsWith(opener)) break;
    }
    const value = text.slice(head + 1, end);
    values.set(text.slice(at + opener.length, head).trim(), value.replace(/^\r?\n/, '').replace(/\r?\n$/, ''));
    at = skipSpace(text, end + closer.length);
  }
}

/** What was read, if the closer follows it; an optional one may also be missing at the end, or before the next call. */
function closed(
  text: string,
  { calls, length }: Exclude<LeakReading, string>,
  closer: string,
  ended: boolean,
  optional: boolean,
): LeakReading {
  const at = skipSpace(text, length);
  const rest = text.slice(at);
  if (rest.startsWith(closer)) return { calls, length: at + closer.length };
  if (!ended && (isBeginning(rest, closer) || (optional && isBeginning(rest, '<tool_call>')))) return 'more';
  return optional && (rest === '' || rest.startsWith('<tool_call>')) ? { calls, length } : 'none';
}

function callOf(value: JsonValue): readonly LeakedCall[] | null {
  if (!isObject(value)) return null;
  const target = isObject(value.function) ? value.function : value;
  const { name } = target;
  if (typeof name !== 'string') return null;
  const given = target.arguments ?? target.parameters;
  // Anything may have a name; a call has arguments, or nothing else.
  if (given === undefined && Object.keys(target).length > 1) return null;
  return [{ name: name.trim(), arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {}) }];
}

function callsOf(value: JsonValue): readonly LeakedCall[] | null {
  if (!Array.isArray(value)) return callOf(value);
  const calls = value.map(callOf);
  return calls.length > 0 && calls.every((call) => call !== null) ? calls.flat() : null;
}

/** Slips in the JSON are mended: the call is whole, nothing of it was shown. */
function parseValue(text: string): JsonValue | null {
  if (text.startsWith('{')) {
    const read = readToolInput(text);
    return read.kind === 'object' ? read.value : null;
  }
  const read = readToolInput(`{"calls":${text}}`);
  const calls = read.kind === 'object' ? read.value.calls : undefined;
  return calls ?? null;
}

/** Where the object or array that begins at `from` ends; -1 where it does not yet. */
function valueEnd(text: string, from: number): number {
  let depth = 0;
  let quote = '';
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote !== '') {
      if (character === '\\') at++;
      else if (character === quote) quote = '';
    } else if (character === '"') quote = character;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \n\r\t'.includes(text.charAt(at))) at++;
  return at;
}

/** Whether all of the text is the beginning of the mark, so that it may still become it. */
function isBeginning(text: string, mark: string): boolean {
  return text.length < mark.length && mark.startsWith(text);
}

/** The arguments that were written as text, by the types that the tool's schema gives them. */
export function typedArguments(values: ReadonlyMap<string, string>, schema: JsonObject | undefined): string {
  const properties = isObject(schema?.properties) ? schema.properties : {};
  return JSON.stringify(
    Object.fromEntries(
      [...values].map(([key, text]) => [
        key,
        typedValue(text, isObject(properties[key]) ? properties[key].type : 'string'),
      ]),
    ),
  );
}

function typedValue(text: string, type: unknown): JsonValue {
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (types.includes('string')) return text;
  const read = readToolInput(`{"value":${text.trim()}}`);
  return read.kind === 'object' ? (read.value.value ?? null) : text;
}
