import { setTimeout as sleep } from 'node:timers/promises';
import { implement } from '@orpc/server';
import { modelContract } from '../../src-shared/model-control.ts';
import type { Pull } from '../../src-shared/model-pulls.ts';
import type { ModelPuller } from '../models/model-puller.ts';

export interface PullParts {
  readonly puller: ModelPuller;
}

/** No more than four times a second is worth looking at. */
const restMs = 250;

/** Models that servers are told to fetch. */
export function pullProcedures({ puller }: PullParts) {
  const procedures = implement(modelContract);
  return {
    pull: procedures.pull.handler(({ input }) => {
      puller.start(input.server, input.model);
      return input;
    }),
    stopPull: procedures.stopPull.handler(({ input }) => {
      puller.stop(input.server, input.model);
      return input;
    }),
    pulls: procedures.pulls.handler(({ signal }) => followed(puller, signal)),
  };
}

/** What is under way, at once and after each change, as long as somebody listens and the service runs. */
async function* followed(puller: ModelPuller, signal: AbortSignal | undefined): AsyncGenerator<readonly Pull[], void> {
  let changed = true;
  let wake: () => void = () => undefined;
  const notice = (): void => {
    changed = true;
    wake();
  };
  const stop = puller.subscribe(notice);
  signal?.addEventListener('abort', notice);
  try {
    while (signal?.aborted !== true && !puller.isClosed()) {
      if (changed) {
        changed = false;
        yield puller.pulls();
        await sleep(restMs);
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal?.removeEventListener('abort', notice);
    stop();
  }
}
