import type { OwnTools } from './own-tools.ts';

/** Figures that tests set otherwise. */
export interface GatewayOptions {
  /** Milliseconds of silence in a stream after which the client is sent a keep-alive. */
  readonly keepAliveMs: number;
  /** Milliseconds that late usage is waited for after the finish reason. */
  readonly usageWaitMs: number;
  /** How often an upstream is asked for one answer at most. */
  readonly maxRounds: number;
  readonly ownTools: OwnTools;
}

export const defaultOptions: GatewayOptions = {
  keepAliveMs: 15_000,
  usageWaitMs: 2_000,
  maxRounds: 8,
  // No tool has a provider yet, so no name is offered to a model and nothing can be called.
  ownTools: {
    names: new Map(),
    run: (call) => Promise.reject(new Error(`${call.name} is not one of the gateway's tools`)),
  },
};
