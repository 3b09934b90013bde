import type { StartAnswer, StartState } from '../../src-shared/shell-contract.ts';
import { describeTakenPort } from '../control/settings-feed.ts';
import { type RunResult, runService, type ServiceRun } from '../run-service.ts';
import type { ServiceOptions } from '../service.ts';
import { openSettings } from '../settings/store.ts';

export type Refusal = Exclude<StartState, { kind: 'starting' | 'running' }>;

export interface StartQuestions {
  /** Asks the user; `ui` is the address of another shell's window, where the state says that there is one. */
  ask(refusal: Refusal, ui: string | null): Promise<Exclude<StartAnswer, 'browser'>>;
  /** An answer is being tried. */
  starting(): void;
}

/**
 * Starts the service, asking the user about whatever stands in the way until it runs. Who would rather not answer quits the app, and this
 * never resolves.
 */
export async function startAsking(options: ServiceOptions, questions: StartQuestions): Promise<ServiceRun> {
  let { port } = options;
  for (;;) {
    const result = await runService({ ...options, ...(port !== undefined && { port }) });
    if (result.ok) return result.run;
    options.log.error(result.message);
    // A port that the command line names is for this run only, and so is any while the settings file is broken.
    const refusal = await refusalOf(result, options.port === undefined && (await isWritable(options.home)));
    const ui = result.reason === 'running' ? result.running.ui : null;
    const answer = await questions.ask(refusal, ui);
    questions.starting();
    if (answer !== 'move' || refusal.kind !== 'port-taken' || refusal.taken.free === null) continue;
    if (refusal.kept) await keepPort(options.home, refusal.taken.free);
    else port = refusal.taken.free;
  }
}

async function refusalOf(result: Extract<RunResult, { readonly ok: false }>, kept: boolean): Promise<Refusal> {
  switch (result.reason) {
    case 'running': {
      const { pid, url, ui } = result.running;
      return { kind: 'runs-already', pid, url, hasWindow: ui !== null };
    }
    case 'port-taken':
      return { kind: 'port-taken', taken: await describeTakenPort(result.host, result.port), kept };
    case 'settings':
    case 'exposed':
    case 'not-bound':
      return { kind: 'failed', message: result.message };
  }
}

async function isWritable(home: string): Promise<boolean> {
  return (await openSettings(home, 'defaults')).problems().length === 0;
}

async function keepPort(home: string, port: number): Promise<void> {
  const settings = await openSettings(home, 'defaults');
  await settings.edit(() => [{ kind: 'set', path: ['gateway', 'port'], value: port }]);
}
