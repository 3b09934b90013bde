import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createServiceLog } from './activity/service-log.ts';
import { makeFirstKey } from './control/keys.ts';
import { runService } from './run-service.ts';
import type { Service } from './service.ts';

/** What the command line said; the home is absolute. */
export interface ServeOptions {
  readonly home: string;
  readonly defaultHome: string;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly host?: string;
  readonly port?: number;
  /** A local key for this run only. */
  readonly key?: string;
  /** False: no window in a browser. */
  readonly ui: boolean;
  /** Opens that window. */
  readonly open: boolean;
  /** Aborted when whoever started this program is gone. */
  readonly parentGone: AbortSignal;
}

/** How long requests in flight may take to end after a signal; milliseconds. */
const graceMs = 10_000;

/**
 * The service without a window, until a signal ends it. Resolves with the exit code: 0 after a signal, 1 where it could not start,
 * 2 for a bind beyond loopback without a key.
 */
export async function serve(options: ServeOptions): Promise<number> {
  const complain = (message: string): void => void process.stderr.write(`dragoman: ${message}\n`);
  const log = createServiceLog(process.stderr.isTTY === true);
  // From here on a signal ends the service in order, also while it starts.
  const ended = untilEnd(options.parentGone);
  const result = await runService({ ...options, log, uiDirectory: options.ui ? builtWindow() : null });
  if (!result.ok) {
    complain(result.message);
    return result.reason === 'exposed' ? 2 : 1;
  }
  const { run } = result;
  const { service } = run;
  process.on('SIGHUP', () => {
    const complainOf = (error: unknown): void => log.error(`the settings could not be read: ${String(error)}`);
    service.parts.settings.reload().catch(complainOf);
  });

  try {
    const minted = options.key === undefined ? await makeFirstKey(service.parts, { keptOnly: false }) : null;
    announce(service, minted, options.json);
    if (options.open) openBrowser(service.ui() ?? service.url(), complain);
    log.info(`${await ended}: finishing what is in flight`);
  } finally {
    await run.end(graceMs);
    log.flush();
  }
  return 0;
}

/** Resolves with why the service is to end. A second signal of either kind finds its listener still there and does nothing. */
function untilEnd(parentGone: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
    const onGone = (): void => resolve('whoever started this is gone');
    if (parentGone.aborted) onGone();
    else parentGone.addEventListener('abort', onGone, { once: true });
  });
}

function announce(service: Service, minted: string | null, json: boolean): void {
  // A reader that went away must not take the service with it.
  process.stdout.on('error', () => undefined);
  if (minted !== null) {
    process.stderr.write(`A first key was made for your agents. It is shown only now:\n\n    ${minted}\n\n`);
  }
  const line = {
    event: 'listening',
    pid: process.pid,
    gateway: service.url(),
    ui: service.ui(),
    ...(minted !== null && { key: minted }),
  };
  const window = line.ui === null ? '' : `, its window at ${line.ui}`;
  process.stdout.write(json ? `${JSON.stringify(line)}\n` : `Dragoman listens at ${line.gateway}${window}\n`);
}

/** The window's files beside this program: below `out/` in a build, from the sources in the checkout's `out/`. Null: not built. */
function builtWindow(): string | null {
  const places = ['../renderer', '../../renderer', '../out/renderer'];
  const folders = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return folders.find((folder) => existsSync(`${folder}/index.html`)) ?? null;
}

function openBrowser(address: string, complain: (message: string) => void): void {
  const [program, ...leading] = browserCommand();
  spawn(program, [...leading, address], { stdio: 'ignore', detached: true })
    .on('error', (error) => complain(`no browser could be opened: ${error.message}`))
    .unref();
}

function browserCommand(): readonly [string, ...string[]] {
  if (process.platform === 'darwin') return ['open'];
  return process.platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler'] : ['xdg-open'];
}
