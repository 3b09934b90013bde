import type { z } from 'zod';

/** What was typed as a number, with a point or a comma: undefined where nothing was, NaN where it is none. */
export function typedNumber(text: string): number | undefined {
  const typed = text.trim();
  return typed === '' ? undefined : Number(typed.replace(',', '.'));
}

/** What a number of the settings has to be: "must be a whole number from 1 to 10,000". */
export function numberWords(schema: z.ZodNumber): string {
  const said = schema.isInt ? 'must be a whole number' : 'must be a number';
  const least = limit(schema.minValue);
  const most = limit(schema.maxValue);
  if (least === null) return most === null ? said : `${said}, at most ${most}`;
  return most === null ? `${said}, ${least} or more` : `${said} from ${least} to ${most}`;
}

function limit(value: number | null): string | null {
  return value === null || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? null : value.toLocaleString('en');
}
