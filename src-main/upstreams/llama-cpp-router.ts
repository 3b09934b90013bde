import { setTimeout as sleep } from 'node:timers/promises';
import { isObject } from '../../src-shared/json.ts';
import { list, member, text } from './inspection.ts';
import type { ModelLoading, Probe } from './kind.ts';
import { loadingFailure, refusedLoading } from './loading-failure.ts';

const pollMs = 250;
/** How long the process of a model may take to end, milliseconds. */
const endLimitMs = 30_000;

/**
 * A llama-server that is a router starts and ends a process for each model when it is told to, and says at once that it will
 * (`POST /models/load`, `/models/unload`, measured on b11669); its list tells what came of it.
 */
export const routerLoading: ModelLoading = {
  async load(probe, model) {
    const answer = await probe.post('/models/load', { model });
    // What runs already may still be loading.
    if (answer.status !== 200 && !says(answer.json, 'already running')) throw refusedLoading(model, answer);
    for (;;) {
      const { value, failed } = await statusOf(probe, model);
      if (value === 'loaded' || value === 'sleeping') return;
      if (failed)
        throw loadingFailure(`${model} could not be loaded: its process ended. The log of llama-server says why.`);
      if (value === 'unloaded') throw loadingFailure(`${model} was unloaded again before it was loaded.`);
      await sleep(pollMs);
    }
  },
  /** `GET /models/sse` tells of all its models (tools/server/README.md); on b11669 the events are called status_change. */
  async *progress(probe, model) {
    for await (const said of probe.events('/models/sse')) {
      const data = member(said, 'data');
      if (member(said, 'model') !== model || member(data, 'status') !== 'loading') continue;
      const share = shareOf(member(data, 'progress'));
      if (share !== null) yield share;
    }
  },
  async unload(probe, model) {
    const answer = await probe.post('/models/unload', { model });
    if (answer.status !== 200 && !says(answer.json, 'not running')) throw refusedLoading(model, answer);
    const begun = performance.now();
    while ((await statusOf(probe, model)).value !== 'unloaded') {
      if (performance.now() - begun > endLimitMs)
        throw loadingFailure(`${model} is still loaded: llama-server is not done with it yet.`);
      await sleep(pollMs);
    }
  },
};

/** The share of all stages, where the parts of a model (a draft model, a projector) are loaded one after the other. */
function shareOf(progress: unknown): number | null {
  const value = member(progress, 'value');
  if (typeof value !== 'number') return null;
  const stages = list(member(progress, 'stages'));
  const done = stages.indexOf(member(progress, 'current'));
  return done < 0 ? value : (done + value) / stages.length;
}

/** What the router's list says of a model: unloaded, loading, loaded, sleeping, downloading. */
async function statusOf(probe: Probe, model: string): Promise<{ readonly value: string; readonly failed: boolean }> {
  const answer = await probe.get('/v1/models');
  const entry = list(member(answer.json, 'data')).find((one) => isObject(one) && one.id === model);
  const status = member(entry, 'status');
  const value = text(member(status, 'value'));
  if (value === null) throw loadingFailure(`${model} is not in the list of llama-server any more.`);
  return { value, failed: member(status, 'failed') === true };
}

function says(answer: unknown, words: string): boolean {
  return text(member(member(answer, 'error'), 'message'))?.includes(words) === true;
}
