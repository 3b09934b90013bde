import type { UpstreamKindId } from '../../../src-shared/settings.ts';

/** The kinds that load and unload models when they are told to; `keeps`: they are told, too, how long a model stays loaded. */
const loading: Readonly<Partial<Record<UpstreamKindId, { readonly keeps: boolean }>>> = {
  ollama: { keeps: true },
  'lm-studio': { keeps: true },
  'llama-cpp': { keeps: false },
};

export function loadsModels(kind: UpstreamKindId): boolean {
  return loading[kind] !== undefined;
}

export function keepsModels(kind: UpstreamKindId): boolean {
  return loading[kind]?.keeps === true;
}
