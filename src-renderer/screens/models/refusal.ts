import { ORPCError } from '@orpc/client';
import { type ControlFailure, describeFailure } from '../../control.ts';

const meant: ReadonlySet<string> = new Set([
  'BAD_REQUEST',
  'NOT_FOUND',
  'CONFLICT',
  'PRECONDITION_FAILED',
  'BAD_GATEWAY',
  'SERVICE_UNAVAILABLE',
]);

/** Why something was not done: the service's own words where it refused, else why it could not be asked. */
export function describeRefusal(what: string, cause: unknown): ControlFailure {
  if (cause instanceof ORPCError && meant.has(cause.code)) return { what, remedy: cause.message };
  return describeFailure(cause);
}
