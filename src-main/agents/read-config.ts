import { existsSync } from 'node:fs';
import type { CodingAgent, Surroundings } from './coding-agent.ts';
import type { ConfigValue } from './config-value.ts';
import { RefusedChange } from './refused-change.ts';
import { readText } from './text-file.ts';

/** What a configuration file says; null where there is none, or it can't be read: why is told when it is to be changed. */
export async function readConfig(agent: CodingAgent, path: string): Promise<ConfigValue> {
  const text = await readText(path).catch((error: unknown) => {
    if (error instanceof RefusedChange) return null;
    throw error;
  });
  const read = text === null ? null : agent.format().read(text);
  return read?.ok === true ? read.value : null;
}

/** What the first of the user's own files of an agent that can be read says; an empty object where none can. */
export async function configOf(agent: CodingAgent, surroundings: Surroundings): Promise<ConfigValue> {
  for (const path of agent.files('user', surroundings, existsSync) ?? []) {
    const config = await readConfig(agent, path);
    if (config !== null) return config;
  }
  return {};
}
