import { request as send } from 'node:http';
import { ORPCError } from '@orpc/server';
import { masked } from '../../src-shared/activity.ts';
import { isSecretName } from '../../src-shared/concealed.ts';
import type { ActivityLog, AskedRequest } from '../activity/activity-log.ts';
import { replayAgent } from '../activity/agent-name.ts';
import type { ReplayKeys } from '../keys/replay-keys.ts';
import type { GatewaySwitch } from './gateway-switch.ts';

export interface ReplayParts {
  readonly activity: ActivityLog;
  readonly gatewaySwitch: GatewaySwitch;
  /** Null where no service runs. */
  readonly gatewayUrl: () => string | null;
  readonly replayKeys: ReplayKeys;
}

/** Longest wait until the gateway has taken a request, in milliseconds. */
const takenWithinMs = 10_000;

/** Headers of one connection, of a body as it was packed, and of where a request came from. */
const notAgain: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'origin',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-dragoman-hop',
]);

/** Asks our own gateway once more what an agent asked, and says under which id it stands in the log. One after the other. */
export function createReplay(parts: ReplayParts): (id: string) => Promise<{ readonly id: string }> {
  let last: Promise<unknown> = Promise.resolve();
  return (id) => {
    const next = last.then(() => replay(parts, id));
    last = next.catch(() => undefined); // whoever asked is told
    return next;
  };
}

async function replay({ activity, gatewaySwitch, gatewayUrl, replayKeys }: ReplayParts, id: string) {
  const url = gatewayUrl();
  if (url === null) throw refused('No gateway runs.');
  if (gatewaySwitch.paused()) throw refused('The gateway is paused. Resume it, then replay the request.');
  const asked = activity.asked(id);
  if (asked === null) {
    throw refused(
      'The body of this request was not kept whole. Turn on the streaming log, and replay one that comes then.',
    );
  }
  const newest = activity.page(1).rows[0]?.number ?? 0;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), takenWithinMs);
  try {
    const failed = ask(url, asked, replayKeys.keyFor(asked.keyId));
    const taken = await Promise.race([rowAfter(activity, newest, stop.signal), failed]);
    if (taken === null) throw refused('The gateway did not take the request. Look at its state, then replay it again.');
    return { id: taken };
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

function refused(message: string): Error {
  return new ORPCError('PRECONDITION_FAILED', { message });
}

/** The id of the first request that was replayed after the row with this number; null where none comes. */
async function rowAfter(activity: ActivityLog, newest: number, stop: AbortSignal): Promise<string | null> {
  for await (const _batch of activity.subscribe(stop)) {
    const row = activity.page(100).rows.findLast(({ number, agent }) => number > newest && agent === replayAgent);
    if (row !== undefined) return row.id;
  }
  return null;
}

/** Resolves, with null, only where no answer begins. The answer is read to its end and let go: it stands in the log. */
function ask(url: string, { target, headers, userAgent, body }: AskedRequest, key: string): Promise<null> {
  const again = Object.entries(headers).filter(
    ([name, value]) => !notAgain.has(name) && !isSecretName(name) && !value.includes(masked),
  );
  return new Promise((resolve) => {
    // The target is a path, whatever an agent wrote: nobody but our own gateway gets the key.
    const sent = send(url, {
      method: 'POST',
      path: target.includes(masked) ? target.replace(/\?.*$/, '') : target,
      agent: false,
      headers: {
        ...Object.fromEntries(again),
        // What the gateway knows an agent by stays in it.
        'user-agent': ['dragoman-replay', ...(userAgent === null ? [] : [userAgent])].join(' '),
        'x-api-key': key,
        'content-length': body.length,
      },
    });
    sent.on('response', (response) => {
      // Cut off: the log tells how it ended.
      response.on('error', () => undefined);
      response.resume();
    });
    sent.on('error', () => resolve(null));
    sent.end(body);
  });
}
