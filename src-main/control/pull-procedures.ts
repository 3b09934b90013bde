import { setTimeout as sleep } from 'node:timers/promises';
import { implement } from '@orpc/server';
import { modelContract } from '../../src-shared/model-control.ts';
import type { Pull } from '../../src-shared/model-pulls.ts';
import type { ModelPuller } from '../models/model-puller.ts';
import { changes } from './changes.ts';

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
  for await (const _ of changes(puller.subscribe, signal)) {
    if (puller.isClosed()) return;
    yield puller.pulls();
    await sleep(restMs);
  }
}
