import type { ConversationError, ErrorKind } from './error.ts';

/** How a server is called in the words of the protocols, which don't know its id. */
export const anUpstream = 'The model server';

/** Failures of the server's own: its words alone would not tell who says them. The words of others are acted on by clients as they are. */
const serversOwn: ReadonlySet<ErrorKind> = new Set([
  'upstream-failure',
  'upstream-cut',
  'overloaded',
  'loading',
  'timeout',
  'rate-limit',
]);

/** The failure in words that name the upstream by its id: as their subject, or before the server's own words. */
export function nameUpstream(error: ConversationError, id: string): ConversationError {
  if (error.message.startsWith(anUpstream)) {
    return { ...error, message: id + error.message.slice(anUpstream.length) };
  }
  return serversOwn.has(error.kind) ? { ...error, message: `${id}: ${error.message}` } : error;
}
