import type { z } from 'zod';
import {
  type AliasDefaults,
  type AliasRules,
  aliasDefaultsSchema,
  aliasRulesSchema,
  aliasSchema,
} from '../../../src-shared/settings.ts';
import { type Pair, saidPairs } from './server-draft.ts';
import { numberWords, typedNumber } from './typed-number.ts';
import { inMilliseconds, inSeconds, type TypedTimeouts } from './typed-timeouts.ts';

const numberSchemas = aliasDefaultsSchema.omit({ chat_template_kwargs: true, reasoning_effort: true });
export type NumberDefault = keyof typeof numberSchemas.shape;
export const numberDefaults = numberSchemas.keyof().options;
export const reasoningEfforts = aliasDefaultsSchema.shape.reasoning_effort.unwrap().options;

/** An alias as it stands in the form, with what is not yet right. */
export interface AliasDraft {
  readonly id: string;
  /** `server/model`; '' where none is chosen yet. */
  readonly model: string;
  /** Here and below: '' where none is chosen yet. */
  readonly sharedWith: readonly string[];
  readonly fallback: readonly string[];
  /** As they are typed; '' sets none. */
  readonly numbers: Readonly<Record<NumberDefault, string>>;
  /** '' asks for none. */
  readonly effort: (typeof reasoningEfforts)[number] | '';
  readonly templateArguments: readonly Pair[];
  readonly timeouts: TypedTimeouts;
  /** How long its model may load, in seconds as they are typed. */
  readonly loading: string;
  readonly localOnly: boolean;
}

export interface AliasProblems {
  readonly id?: string;
  readonly model?: string;
  readonly numbers: Readonly<Partial<Record<NumberDefault, string>>>;
  readonly templateArguments?: string;
  readonly loading?: string;
  readonly sharedWith?: string;
  readonly fallback?: string;
}

export type ReadAlias =
  | { readonly ok: true; readonly id: string; readonly model: string; readonly rules: AliasRules }
  | { readonly ok: false; readonly problems: AliasProblems };

/** The form of an alias that has these rules. */
export function aliasDraft(id: string, model: string, rules: AliasRules): AliasDraft {
  const { defaults, timeouts, sharedWith, fallback, localOnly } = rules;
  const typed = Object.fromEntries(numberDefaults.map((name) => [name, String(defaults[name] ?? '')]));
  return {
    id,
    model,
    sharedWith,
    fallback,
    numbers: { ...noNumbers, ...typed },
    effort: defaults.reasoning_effort ?? '',
    templateArguments: Object.entries(defaults.chat_template_kwargs ?? {}).map(([name, value], key) => ({
      key,
      name,
      value: String(value),
    })),
    timeouts: inSeconds(timeouts),
    loading: timeouts.loadingMs === undefined ? '' : String(timeouts.loadingMs / 1000),
    localOnly,
  };
}

const noNumbers: Readonly<Record<NumberDefault, string>> = {
  temperature: '',
  top_p: '',
  top_k: '',
  min_p: '',
  presence_penalty: '',
  frequency_penalty: '',
  repeat_penalty: '',
  seed: '',
  max_tokens: '',
};

/** The rules of an alias that says these defaults and nothing else. */
export function newRules(defaults: AliasDefaults): AliasRules {
  return aliasRulesSchema.parse({ defaults });
}

/** The alias that the draft describes, by the very schema of the settings, or what is wrong with which field. */
export function readAlias(draft: AliasDraft): ReadAlias {
  const id = aliasSchema.shape.id.safeParse(draft.id.trim());
  const rules = aliasRulesSchema.safeParse({
    defaults: typedDefaults(draft),
    timeouts: { ...inMilliseconds(draft.timeouts), ...loadingLimit(draft) },
    sharedWith: draft.sharedWith.filter((name) => name !== ''),
    fallback: draft.fallback.filter((name) => name !== ''),
    localOnly: draft.localOnly,
  });
  const names = saidPairs(draft.templateArguments).map(({ name }) => name);
  const isNamed = names.every((name) => name !== '') && new Set(names).size === names.length;
  if (id.success && rules.success && draft.model !== '' && isNamed)
    return { ok: true, id: id.data, model: draft.model, rules: rules.data };
  const issues = rules.success ? [] : rules.error.issues;
  const wrong = (name: keyof AliasRules): z.core.$ZodIssue | undefined => issues.find(({ path }) => path[0] === name);
  return {
    ok: false,
    problems: {
      ...(!id.success && { id: id.error.issues[0]?.message ?? '' }),
      ...(draft.model === '' && { model: 'is wanted: choose the model that it leads to' }),
      numbers: Object.fromEntries(
        issues.flatMap(({ path: [first, second] }) => {
          const name = numberDefaults.find((one) => first === 'defaults' && one === second);
          return name === undefined ? [] : [[name, numberWords(numberSchemas.shape[name].unwrap())]];
        }),
      ),
      ...(!isNamed && { templateArguments: 'must have a name each, and no two the same' }),
      ...(issues.some(({ path }) => path[1] === 'loadingMs') && { loading: 'must be seconds, 0 to 86,400' }),
      ...(wrong('sharedWith') !== undefined && { sharedWith: 'are too many: 64 at most' }),
      ...(wrong('fallback') !== undefined && { fallback: 'are too many: 16 at most' }),
    },
  };
}

function loadingLimit({ loading }: AliasDraft): { readonly loadingMs?: number } {
  const seconds = typedNumber(loading);
  return seconds === undefined ? {} : { loadingMs: Math.round(seconds * 1000) };
}

function typedDefaults(draft: AliasDraft): Readonly<Record<string, unknown>> {
  const given = saidPairs(draft.templateArguments);
  const typed = numberDefaults.flatMap((name): [string, unknown][] => {
    const value = typedNumber(draft.numbers[name]);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(typed),
    ...(draft.effort !== '' && { reasoning_effort: draft.effort }),
    ...(given.length > 0 && {
      chat_template_kwargs: Object.fromEntries(given.map(({ name, value }) => [name, templateValue(value)])),
    }),
  };
}

/** As JSON would have it where that is a number or a truth value; else the text. */
function templateValue(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
