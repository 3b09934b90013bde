import { z } from 'zod';
import { settingsSchema } from '../../src-shared/settings.ts';

/** The settings file's JSON Schema as text, for editors: written beside the file and published as `assets/settings.schema.json`. */
export function settingsJsonSchema(): string {
  const schema = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' });
  return `${JSON.stringify({ title: 'Settings of Dragoman', ...schema }, null, 2)}\n`;
}
