import { claimRunFile, findRunning, type RunRecord, releaseRunFile, updateRunFile } from './control/run-file.ts';
import { giveBackAtRest } from './memory-at-rest.ts';
import { type Service, type ServiceOptions, type StartResult, startService } from './service.ts';
import { SettingsFailure } from './settings/problem.ts';

/** The one service of its home, with its record in `run.json`. */
export interface ServiceRun {
  readonly service: Service;
  /** Removes the record, takes nothing new, lets what is in flight end for `graceMs` at most. */
  end(graceMs: number): Promise<void>;
}

/** `running`: another service of this home runs; `settings`: its file is broken; the others as `startService` says. */
export type RunResult =
  | { readonly ok: true; readonly run: ServiceRun }
  | { readonly ok: false; readonly reason: 'running'; readonly message: string; readonly running: RunRecord }
  | { readonly ok: false; readonly reason: 'settings'; readonly message: string }
  | Extract<StartResult, { readonly ok: false }>;

/** Starts the service unless one of this home runs already, and keeps `run.json` true as long as it runs. */
export async function runService(options: ServiceOptions): Promise<RunResult> {
  const { home, log } = options;
  const running = await findRunning(home);
  if (running !== null) return runsAlready(running);

  let started: StartResult;
  try {
    started = await startService(options);
  } catch (error) {
    if (!(error instanceof SettingsFailure)) throw error;
    return { ok: false, reason: 'settings', message: error.message };
  }
  if (!started.ok) return started;
  const { service } = started;

  const claim = await claimRunFile(home, recordOf(service));
  if (!claim.ok) {
    await service.stop(0);
    return runsAlready(claim.running);
  }
  service.onRebind(() => {
    updateRunFile(home, recordOf(service)).catch((error: unknown) =>
      log.error(`run.json could not be written: ${String(error)}`),
    );
  });
  giveBackAtRest(service);
  return {
    ok: true,
    run: {
      service,
      async end(graceMs) {
        await releaseRunFile(home, service.token);
        await service.stop(graceMs);
      },
    },
  };
}

function runsAlready(running: RunRecord): RunResult {
  const message = `the service of this home already runs at ${running.url} (process ${running.pid})`;
  return { ok: false, reason: 'running', message, running };
}

function recordOf(service: Service): RunRecord {
  return {
    pid: process.pid,
    url: service.url(),
    ui: service.ui(),
    token: service.token,
    startedAt: service.startedAt,
  };
}
