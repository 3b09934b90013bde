import { createORPCClient, ORPCError } from '@orpc/client';
import { RPCLink } from '@orpc/client/fetch';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import type { ContractRouterClient } from '@orpc/contract';
import type { controlContract } from '../src-shared/control.ts';
import type { shellContract } from '../src-shared/shell-contract.ts';

/** Everything the window can ask of the service. */
export type Control = ContractRouterClient<typeof controlContract>;

/** What the desktop app offers its window beside that. */
export type Shell = ContractRouterClient<typeof shellContract>;

/** Why the service gave no answer, in the words of the page. */
export interface ControlFailure {
  readonly what: string;
  readonly remedy: string;
}

const storedAs = 'dragoman.control-token';

/**
 * The control token of this run: from the address (`#token=…`), from which it is then removed so that it stands in no history entry or bookmark, else
 * from this tab's session. Null where the page was opened without the link.
 */
export function takeToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null || given === '') return sessionStorage.getItem(storedAs);
  sessionStorage.setItem(storedAs, given);
  history.replaceState(null, '', location.pathname + location.search);
  return given;
}

/** A client of the control contract over HTTP, on the origin that served the page. */
export function connectControl(token: string): Control {
  return createORPCClient(
    new RPCLink({ url: `${location.origin}/control`, headers: () => ({ authorization: `Bearer ${token}` }) }),
  );
}

/** True in the desktop app's own window, whose page has no token and needs none. */
export function isDesktopWindow(): boolean {
  return location.protocol === 'app:';
}

/** A client of the control contract in the desktop app's window. */
export function connectDesktop(): Control {
  return createORPCClient(new PortLink({ port: handedOver('dragoman.control') }));
}

/** A client of what the desktop app itself offers its window. */
export function connectShell(): Shell {
  return createORPCClient(new PortLink({ port: handedOver('dragoman.shell') }));
}

/** A port of which the preload script hands the other end to the app. `word`: as src-main/desktop/channel.ts names it. */
function handedOver(word: 'dragoman.control' | 'dragoman.shell'): MessagePort {
  const { port1, port2 } = new MessageChannel();
  window.postMessage(word, location.origin, [port2]);
  port1.start();
  return port1;
}

/** Loads this page from the gateway's new base URL, after the gateway has moved: the old address answers nothing new. */
export function moveTo(baseUrl: string): void {
  const token = sessionStorage.getItem(storedAs);
  if (token !== null) location.replace(`${baseUrl}/ui/#token=${token}`);
}

/** Errors whose words are meant for people (src-shared/control.ts). */
const refusals: ReadonlySet<string> = new Set([
  'BAD_REQUEST',
  'NOT_FOUND',
  'CONFLICT',
  'PRECONDITION_FAILED',
  'BAD_GATEWAY',
  'SERVICE_UNAVAILABLE',
]);

/** Why something was not done, after `what` was not: the service's own words where it refused, else why it could not be asked. */
export function describeRefusal(what: string, cause: unknown): ControlFailure {
  return isRefusal(cause) ? { what, remedy: cause.message } : describeFailure(cause);
}

/** The same in one sentence or two. */
export function refusalWords(cause: unknown): string {
  return isRefusal(cause) ? cause.message : describeFailure(cause).what;
}

function isRefusal(cause: unknown): cause is ORPCError<string, unknown> {
  return cause instanceof ORPCError && refusals.has(cause.code);
}

/** A refusal of the service, with the place where it is to be mended. */
export function refusalNotice(
  what: string,
  { why, path }: { readonly why: string; readonly path: string | null },
): ControlFailure {
  const sentence = `${why.charAt(0).toUpperCase()}${why.slice(1)}`;
  return {
    what,
    remedy: `${sentence}${/[.!?]$/.test(sentence) ? '' : '.'}${path === null ? '' : ` File: \`${path}\``}`,
  };
}

/** What to tell the user when a call failed. */
export function describeFailure(cause: unknown): ControlFailure {
  if (cause instanceof ORPCError && (cause.status === 401 || cause.status === 403)) {
    return {
      what: 'This link is no longer valid.',
      remedy: 'Dragoman was restarted since. Open the new link that `dragoman serve` printed when it started.',
    };
  }
  if (cause instanceof ORPCError) {
    return {
      what: 'Dragoman could not answer.',
      remedy: `It said: ${cause.message} Its log, in the terminal of \`dragoman serve\`, says more.`,
    };
  }
  return {
    what: 'Dragoman does not answer.',
    remedy: 'It is not running any more, or is busy. Start it with `dragoman serve`; this page keeps trying.',
  };
}
