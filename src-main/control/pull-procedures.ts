import { implement } from '@orpc/server';
import { modelContract } from '../../src-shared/model-control.ts';
import type { ModelPuller } from '../models/model-puller.ts';
import { followed } from './changes.ts';

export interface PullParts {
  readonly puller: ModelPuller;
}

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
    pulls: procedures.pulls.handler(({ signal }) => followed(puller, puller.pulls, signal)),
  };
}
