import { setTimeout as sleep } from 'node:timers/promises';
import { isObject } from '../../src-shared/json.ts';
import { amount, list, member, text } from './inspection.ts';
import type { ModelPulling, Probe, PullProgress } from './kind.ts';
import { loadingFailure, refusedLoading } from './loading-failure.ts';

const pollMs = 1_000;

/**
 * A llama-server that is a router fetches models of Hugging Face into its cache (tools/server/README.md, "POST /models"; its source, server-models.cpp). Its list tells
 * how far it is; a model that stands in the list no more, under its name or with a tag behind it, was not fetched.
 */
export const routerPulling: ModelPulling = {
  async *pull(probe, model, signal) {
    const before = new Set((await listed(probe)).map(({ id }) => id));
    const answer = await probe.post('/models', { model });
    if (answer.status !== 200) {
      if (/already exists/.test(text(member(member(answer.json, 'error'), 'message')) ?? '')) return;
      throw refusedLoading(model, answer);
    }
    for (;;) {
      const entries = await listed(probe);
      const entry = entries.find(({ id }) => id === model);
      if (entry?.state === 'downloading' || entry?.state === 'downloaded') yield progressOf(entry);
      else if (entry !== undefined || entries.some(({ id }) => id.startsWith(`${model}:`) && !before.has(id))) return;
      else throw loadingFailure(`llama-server did not fetch ${model}. Its log says why.`);
      await sleep(pollMs, undefined, { signal });
    }
  },
  async stop(probe, model) {
    const answer = await probe.post('/models/unload', { model });
    if (answer.status !== 200) throw refusedLoading(model, answer);
  },
};

interface Entry {
  readonly id: string;
  readonly state: string | null;
  readonly progress: unknown;
}

async function listed(probe: Probe): Promise<readonly Entry[]> {
  const { json } = await probe.get('/v1/models');
  return list(member(json, 'data')).flatMap((one): readonly Entry[] => {
    const id = text(member(one, 'id'));
    const status = member(one, 'status');
    return id === null ? [] : [{ id, state: text(member(status, 'value')), progress: member(status, 'progress') }];
  });
}

/** All its files together, which are fetched side by side: `{"<url>": {"done", "total"}}`, bytes. */
function progressOf({ progress }: Entry): PullProgress {
  const files = isObject(progress) ? Object.values(progress) : [];
  const sum = (name: string): number =>
    files.reduce((bytes: number, file) => bytes + (amount(member(file, name)) ?? 0), 0);
  const all = sum('total');
  return { doing: 'downloading', fetched: all === 0 ? null : sum('done'), all: all === 0 ? null : all };
}
