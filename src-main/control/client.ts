import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import type { ContractRouterClient } from '@orpc/contract';
import { createRouterClient } from '@orpc/server';
import type { controlContract } from '../../src-shared/control.ts';
import { type ControlParts, createControlRouter } from './router.ts';

/** The control contract as functions. A call rejects with an ORPCError whose message is meant for people. */
export type ControlClient = ContractRouterClient<typeof controlContract>;

/** Asks a running service. `url` is the gateway's, `token` this run's control token. */
export function connectControl(url: string, token: string): ControlClient {
  return createORPCClient(new RPCLink({ url: `${url}/control`, headers: { authorization: `Bearer ${token}` } }));
}

/** The same in this process, over parts of its own. */
export function localControl(parts: ControlParts): ControlClient {
  return createRouterClient(createControlRouter(parts), { context: {} });
}
