import { randomUUID } from 'node:crypto';
import { implement, ORPCError } from '@orpc/server';
import type { CheckResult, CheckupProgress, CheckupReport, DoneCheckup } from '../../src-shared/checkup.ts';
import { modelContract } from '../../src-shared/model-control.ts';
import { serverKind } from '../../src-shared/server-kinds.ts';
import { connectGateway } from '../checkup/ask.ts';
import type { Subject } from '../checkup/check.ts';
import type { NativeEndpoints } from '../checkup/native-endpoint.ts';
import { runCheckup } from '../checkup/run-checkup.ts';
import type { ModelDirectory, Route } from '../models/route.types.ts';
import type { UpstreamClient } from '../upstreams/client.types.ts';
import { remediesOf } from '../upstreams/remedies.ts';
import type { GatewaySwitch } from './gateway-switch.ts';
import { nativeEndpoints } from './native-endpoints.ts';

export interface CheckupParts {
  readonly client: UpstreamClient;
  readonly directory: ModelDirectory;
  readonly gatewaySwitch: GatewaySwitch;
  /** Null where no service runs. */
  readonly gatewayUrl: () => string | null;
  /** A local key of this run, with which the check-up asks the gateway. */
  readonly checkupKey: string;
}

/** The check-up of a model. */
export function checkupProcedures(parts: CheckupParts) {
  const { directory } = parts;
  const procedures = implement(modelContract);
  /** By model id, as long as the service runs: what a check-up saw then. */
  const done = new Map<string, DoneCheckup>();

  async function routeOf(model: string): Promise<Route> {
    const found = await directory.route(model);
    if (found.ok) return found.route;
    throw new ORPCError('NOT_FOUND', { message: found.error.message });
  }

  async function subjectOf(model: string, route: Route): Promise<Subject> {
    const { target, upstreamModel, flags, contextWindow, modelId, upstreamProtocol } = route;
    const described = await directory.describe(modelId);
    const reasoning = described.ok ? described.model.reasoning : null;
    const tools = described.ok ? described.model.tools : null;
    const protocol = upstreamProtocol('messages');
    return {
      model,
      upstreamModel,
      protocol,
      nativeKind: serverKind(target.kind.id).protocols ?? [],
      flags,
      contextWindow,
      reasoning,
      tellsCacheReuse: target.kind.tellsCacheReuse === true,
      remedies: remediesOf(target.kind, { name: upstreamModel, tools }),
    };
  }

  return {
    check: procedures.check.handler(async ({ input, signal }) => {
      const url = parts.gatewayUrl();
      const refusal =
        url === null
          ? 'No service runs: a check-up asks the gateway as an agent does. Start it with `dragoman serve`, or open the app.'
          : parts.gatewaySwitch.paused()
            ? 'The gateway is paused. Resume it, then check the model.'
            : null;
      if (url === null || refusal !== null) throw new ORPCError('PRECONDITION_FAILED', { message: refusal ?? '' });
      const route = await routeOf(input.model);
      const subject = await subjectOf(input.model, route);
      const finished = (report: CheckupReport): void =>
        void done.set(route.modelId, { at: new Date().toISOString(), report });
      const native = nativeEndpoints(parts.client, route);
      return checkup({ url, key: parts.checkupKey, subject, native, finished }, signal);
    }),
    checkups: procedures.checkups.handler(() =>
      [...done].map(([model, { at, report }]) => ({ model, at, results: counted(report) })),
    ),
    lastCheckup: procedures.lastCheckup.handler(
      async ({ input }) => done.get((await routeOf(input.model)).modelId) ?? null,
    ),
  };
}

interface Asked {
  readonly url: string;
  readonly key: string;
  readonly subject: Subject;
  readonly native: NativeEndpoints;
  readonly finished: (report: CheckupReport) => void;
}

async function* checkup(
  { url, key, subject, native, finished }: Asked,
  signal: AbortSignal | undefined,
): AsyncGenerator<CheckupProgress, void> {
  const ended = new AbortController();
  const gateway = connectGateway(url, key);
  try {
    const both = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
    for await (const event of runCheckup({ gateway, subject, native, nonce: randomUUID(), signal: both })) {
      if (event.kind === 'done') finished(event.report);
      yield event;
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  } finally {
    // Whoever stops listening between two checks ends it here.
    ended.abort();
    await gateway.close();
  }
}

function counted({ lines }: CheckupReport): Readonly<Record<CheckResult, number>> {
  const count = (wanted: CheckResult): number => lines.filter(({ result }) => result === wanted).length;
  return { pass: count('pass'), fail: count('fail'), unknown: count('unknown') };
}
