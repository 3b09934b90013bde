import { type BrowserWindow, shell } from 'electron';
import { type RunResult, runService, type ServiceRun } from '../run-service.ts';
import type { ServiceOptions } from '../service.ts';
import { openSettings } from '../settings/store.ts';
import { freePort } from './free-port.ts';
import { portOwner } from './port-owner.ts';
import { askAboutPort, askAboutRunning, askAboutStart } from './questions.ts';

/**
 * Starts the service, asking the user about whatever stands in the way until it runs; null where they would rather quit. `parent` is the
 * window that questions belong to.
 */
export async function startWithQuestions(
  options: ServiceOptions,
  parent: () => BrowserWindow | null,
): Promise<ServiceRun | null> {
  let { port } = options;
  for (;;) {
    const result = await runService({ ...options, ...(port !== undefined && { port }) });
    if (result.ok) return result.run;
    options.log.error(result.message);
    const answer = await ask(result, options, parent());
    if (answer === 'quit') return null;
    if (answer !== 'retry') port = answer.port;
  }
}

async function ask(
  result: Extract<RunResult, { readonly ok: false }>,
  options: ServiceOptions,
  parent: BrowserWindow | null,
): Promise<'retry' | 'quit' | { readonly port: number | undefined }> {
  switch (result.reason) {
    case 'running': {
      const answer = await askAboutRunning(parent, result.running);
      if (answer !== 'browser' || result.running.ui === null) return answer === 'retry' ? 'retry' : 'quit';
      await shell.openExternal(result.running.ui);
      return 'quit';
    }
    case 'port-taken': {
      const { host, port } = result;
      const [owner, free] = await Promise.all([portOwner(port), freePort(host, port + 1)]);
      // A port that the command line names is for this run only.
      const kept = options.port === undefined;
      const answer = await askAboutPort(parent, { host, port, owner, free, kept });
      if (answer !== 'move' || free === null) return answer === 'quit' ? 'quit' : 'retry';
      if (kept) await keepPort(options.home, free);
      return { port: kept ? undefined : free };
    }
    case 'settings':
    case 'exposed':
    case 'not-bound':
      return askAboutStart(parent, result.message);
  }
}

async function keepPort(home: string, port: number): Promise<void> {
  const settings = await openSettings(home, 'defaults');
  await settings.edit(() => [{ kind: 'set', path: ['gateway', 'port'], value: port }]);
}
