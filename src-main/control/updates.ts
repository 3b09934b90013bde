import { implement, ORPCError } from '@orpc/server';
import { type UpdateState, updatesContract } from '../../src-shared/updates.ts';

/** Newer versions of Dragoman itself, for a shell that can look for them. */
export interface Updates {
  state(): UpdateState;
  /** Asks now; never rejects: what went wrong is a state. */
  check(): Promise<UpdateState>;
  /** Quits in order, installs the version that is ready and starts it. False: none is ready. */
  restart(): boolean;
}

/** For a shell that is updated by whoever installed it. */
export function updatesOff(why: string): Updates {
  const state: UpdateState = { kind: 'off', why };
  return { state: () => state, check: () => Promise.resolve(state), restart: () => false };
}

export function updatesProcedures(updates: Updates) {
  const procedures = implement(updatesContract);
  return {
    state: procedures.state.handler(() => updates.state()),
    check: procedures.check.handler(() => updates.check()),
    restart: procedures.restart.handler(() => {
      if (updates.restart()) return updates.state();
      throw new ORPCError('PRECONDITION_FAILED', { message: 'No newer version is ready to be installed.' });
    }),
  };
}
