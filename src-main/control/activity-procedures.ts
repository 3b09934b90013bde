import { implement, ORPCError } from '@orpc/server';
import { activityContract, type GatewayState, gatewayContract } from '../../src-shared/activity.ts';
import type { SettingsStore } from '../settings/store.ts';
import { createReplay, type ReplayParts } from './replay.ts';

export interface ActivityParts extends ReplayParts {
  readonly settings: SettingsStore;
}

/** What may be asked of the live log. Without a service it is empty. */
export function activityProcedures(parts: ActivityParts) {
  const { activity, settings } = parts;
  const replay = createReplay(parts);
  const procedures = implement(activityContract);
  return {
    snapshot: procedures.snapshot.handler(({ input }) => activity.page(input.limit, input.before)),
    subscribe: procedures.subscribe.handler(({ signal }) => activity.subscribe(signal)),
    request: procedures.request.handler(({ input }) => {
      const detail = activity.request(input.id);
      if (detail !== null) return detail;
      throw new ORPCError('NOT_FOUND', { message: 'The log does not hold this request any more.' });
    }),
    replay: procedures.replay.handler(({ input }) => replay(input.id)),
    clear: procedures.clear.handler(() => {
      activity.clear();
      return activity.overview();
    }),
    setStreamingLog: procedures.setStreamingLog.handler(({ input }) => {
      if (activity.setStreamingLog(input.on)) return activity.overview();
      throw new ORPCError('PRECONDITION_FAILED', {
        message: `The settings forbid to keep bodies. Set "activity": { "captureBodies": "memory" } in ${settings.file} first.`,
      });
    }),
  };
}

/** Pause and resume. */
export function gatewayProcedures({ activity, gatewaySwitch, gatewayUrl }: ActivityParts) {
  const procedures = implement(gatewayContract);
  const state = (): GatewayState => ({ paused: gatewaySwitch.paused(), running: activity.overview().running });
  const set = (paused: boolean): GatewayState => {
    if (gatewayUrl() === null) throw new ORPCError('PRECONDITION_FAILED', { message: 'No gateway runs.' });
    gatewaySwitch.set(paused);
    return state();
  };
  return {
    state: procedures.state.handler(state),
    pause: procedures.pause.handler(() => set(true)),
    resume: procedures.resume.handler(() => set(false)),
  };
}
