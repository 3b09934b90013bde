import { type Timeouts, timeoutsSchema } from '../../../src-shared/settings.ts';
import { typedNumber } from './typed-number.ts';

/** Time limits as they are typed, in seconds; '' leaves one as it is by default. */
export type TypedTimeouts = Readonly<Record<keyof Timeouts, string>>;

type SomeTimeouts = { readonly [Name in keyof Timeouts]?: number | undefined };

export function inSeconds({ connectMs, firstByteMs, idleMs }: SomeTimeouts): TypedTimeouts {
  const seconds = (ms: number | undefined): string => (ms === undefined ? '' : String(ms / 1000));
  return { connectMs: seconds(connectMs), firstByteMs: seconds(firstByteMs), idleMs: seconds(idleMs) };
}

/** What is no number becomes NaN, which the schema refuses. */
export function inMilliseconds(typed: TypedTimeouts): Partial<Timeouts> {
  return Object.fromEntries(
    Object.entries(typed).flatMap(([name, text]) => {
      const seconds = typedNumber(text);
      return seconds === undefined ? [] : [[name, Math.round(seconds * 1000)]];
    }),
  );
}

/** What a limit that is wrong has to be; null where it is right. */
export function timeoutProblem(name: keyof Timeouts, typed: TypedTimeouts): string | null {
  const schema = timeoutsSchema.shape[name];
  const given = inMilliseconds(typed)[name];
  if (given === undefined || schema.safeParse(given).success) return null;
  return `must be seconds: more than 0, at most ${((schema.maxValue ?? 0) / 1000).toLocaleString('en')}`;
}
