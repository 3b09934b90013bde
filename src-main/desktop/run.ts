import { homedir } from 'node:os';
import { join } from 'node:path';
import { app, type BrowserWindow, clipboard, nativeTheme, powerMonitor, session, shell } from 'electron';
import { createServiceLog } from '../activity/service-log.ts';
import { localControl } from '../control/client.ts';
import { makeFirstKey } from '../control/keys.ts';
import { createControlRouter } from '../control/router.ts';
import type { ServiceRun } from '../run-service.ts';
import type { Service } from '../service.ts';
import { defaultHome, homeDirectory } from '../settings/home.ts';
import { agentsAtWork, quitWarning } from './agents-here.ts';
import { registerAppScheme, serveAppScheme } from './app-protocol.ts';
import { setApplicationMenu } from './application-menu.ts';
import type { DesktopArguments } from './arguments.ts';
import { controlChannel, shellChannel } from './channel.ts';
import { chooseAgentModel, chooseModel, switchAgent } from './choose-model.ts';
import { handOutPort } from './control-port.ts';
import { confineContents, confineSession } from './guard.ts';
import { createLiveTray } from './live-tray.ts';
import { setLoginItem } from './login-item.ts';
import { createPackageUpdates } from './package-updates.ts';
import { createPlaces, type Places } from './places.ts';
import { askAboutQuitting, explainFailure, explainMissingTray } from './questions.ts';
import { type Quit, quitInOrder } from './quit.ts';
import { createShellRouter } from './shell-router.ts';
import { startAgent } from './start-agent.ts';
import { startAsking } from './start-service.ts';
import { createStartStates } from './start-state.ts';
import { hasTrayHost } from './tray-host.ts';
import type { TrayAct } from './tray-menu.ts';
import { createDesktopWindow, type DesktopWindow } from './window.ts';
import { openWindowMemory, type WindowMemory } from './window-bounds.ts';

/** How long requests in flight may take to end when the app quits; milliseconds. */
const graceMs = 10_000;
/** How far back agents are looked for before quitting. */
const mostRequests = 1_000;

/**
 * The desktop shell: the service, a tray and a window, each with a life of its own, until the user quits. Must be called while the program's
 * entry is still being run, before the app is ready. `parentGone`: aborted when whoever started this program is gone.
 */
export function runDesktop(options: DesktopArguments, parentGone: AbortSignal): void {
  const surroundings = { platform: process.platform, environment: process.env, userDirectory: homedir() };
  const home = homeDirectory(options.home, surroundings);
  const paths = { home, defaultHome: defaultHome(surroundings), environment: process.env };

  // Before any state is touched: the lock is that of the home, so each home has one app.
  app.setPath('userData', home);
  app.setPath('sessionData', join(home, 'browser'));
  app.setPath('crashDumps', join(home, 'browser', 'Crashpad'));
  if (!app.requestSingleInstanceLock({ hidden: options.hidden })) {
    app.exit(0);
    return;
  }
  // Where Chromium can't have its sandbox (as root, in a container) whoever starts the app says --no-sandbox, which this call would undo.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  registerAppScheme();
  confineContents();

  const log = createServiceLog(process.stderr.isTTY === true);
  const report = (message: string): void => log.error(message);
  // Electron would show a box over it, and nothing would be answered until somebody has closed that.
  process.on('uncaughtException', ({ message, stack = message }) => report(`an error that nobody took: ${stack}`));
  process.on('unhandledRejection', (reason) => report(`a promise failed and nobody waited for it: ${String(reason)}`));
  app.on('child-process-gone', (_event, { type, reason }) => report(`Chromium's ${type} process ended: ${reason}`));
  // The service goes on without a window.
  app.on('window-all-closed', () => undefined);

  app
    .whenReady()
    .then(() => start())
    .catch((error: unknown) => {
      report(`the app could not start: ${String(error)}`);
      log.flush();
      app.exit(1);
    });

  async function start(): Promise<void> {
    const key = options.key ?? process.env.DRAGOMAN_KEY;
    const root = app.getAppPath();
    const assets = join(root, 'assets');
    const memory = openWindowMemory(home);
    const window = createDesktopWindow({
      memory,
      preload: join(root, 'out', 'preload', 'preload.cjs'),
      icon: join(assets, 'icon.png'),
      onClose: (opened) => {
        putAway(opened, memory, quit.byUser).catch((error: unknown) => report(String(error)));
      },
      report,
    });
    const quit = quitInOrder({
      confirm: async () => confirmQuitting(window, (await started())?.service ?? null),
      async end() {
        window.close();
        await (await started())?.end(graceMs);
        tray.destroy();
        log.flush();
      },
      report,
    });
    /** What runs, once it does where it is just starting; null where the start waits for the user's answer. */
    async function started(): Promise<ServiceRun | null> {
      for await (const { kind } of states.follow(undefined)) if (kind !== 'starting') break;
      return run;
    }
    const updates = createPackageUpdates({ quitThen: quit.andThen, report });
    serveAppScheme(session.defaultSession, join(root, 'out', 'renderer'));
    confineSession(session.defaultSession);
    setApplicationMenu(quit.byUser);
    app.on('second-instance', (_event, _argv, _directory, data) => {
      if (!isHiddenStart(data)) window.show();
    });
    app.on('activate', () => window.show());

    const places = createPlaces();
    let run: ServiceRun | null = null;
    const tray = createLiveTray({
      assets,
      home,
      report,
      act: (act) => {
        actOn(act, window, places, run?.service ?? null, quit).catch((error: unknown) => tell(error, window));
      },
    });
    const states = createStartStates({
      onAsked: () => window.show(),
      openInstead: (ui) => {
        shell.openExternal(ui).then(
          () => app.quit(),
          (error: unknown) => report(`the browser could not be opened: ${String(error)}`),
        );
      },
    });
    const starting = startAsking(
      {
        ...paths,
        version: app.getVersion(),
        log,
        uiDirectory: null,
        whenSettingsBroken: 'defaults',
        followsLogin: true,
        updates,
        ...(options.port !== undefined && { port: options.port }),
        ...(options.host !== undefined && { host: options.host }),
        ...(key && { key }),
      },
      states,
    );
    parentGone.addEventListener('abort', () => app.quit(), { once: true });
    const router = starting.then(({ service: { parts } }) => createControlRouter(parts));
    handOutPort({ channel: controlChannel, contents: window.contents, router, report });
    const shellRouter = Promise.resolve(
      createShellRouter({
        start: states,
        places,
        home,
        startAgent: (wanted) => startAgent({ home, environment: process.env, window: window.current }, wanted),
        quit: quit.byUser,
      }),
    );
    handOutPort({ channel: shellChannel, contents: window.contents, router: shellRouter, report });
    if (!options.hidden) window.show();
    else if (!(await hasTrayHost())) window.openMinimised();

    run = await starting;
    const { service } = run;
    states.running();
    tray.follow(service);
    powerMonitor.on('resume', () => {
      updates.wake();
      service.wake().catch((error: unknown) => report(`looking for servers after sleep failed: ${String(error)}`));
    });
    followLoginItem(service);
    followTheme(service);
    if (key === undefined || key === '') keepFirstKey(service);
    announce(service);
  }

  /** Hides the window where the tray brings it back; else minimises it, and says why once. */
  async function putAway(window: BrowserWindow, memory: WindowMemory, quit: () => void): Promise<void> {
    if (await hasTrayHost()) return window.hide();
    if (memory.trayExplained()) return window.minimize();
    const { choice, never } = await explainMissingTray(window);
    if (never) memory.remember({ trayExplained: true });
    if (choice === 'minimise') window.minimize();
    if (choice === 'quit') quit();
  }

  /** True where nobody minds. */
  async function confirmQuitting(window: DesktopWindow, service: Service | null): Promise<boolean> {
    if (service === null) return true;
    const { rows, overview } = service.parts.activity.page(mostRequests);
    const now = Date.now();
    const control = localControl(service.parts);
    // What someone else has changed since is for the user to look at.
    const setUp = (await control.agents.inUse()).filter(
      ({ slots, drifted }) => slots.default !== undefined && !drifted,
    );
    const names = setUp.map(({ label }) => label);
    const warning = quitWarning(agentsAtWork(rows, now), names, { running: overview.running, now, graceMs });
    const answer = warning === null ? 'quit' : await askAboutQuitting(window.current(), warning);
    if (answer !== 'switch-off') return answer === 'quit';
    try {
      for (const { id } of setUp) await switchAgent(id, false, control);
      return true;
    } catch (error) {
      tell(error, window);
      return false;
    }
  }

  /** What the user asked for outside the window, and what kept it from being done. */
  function tell(error: unknown, window: DesktopWindow): void {
    const message = error instanceof Error ? error.message : String(error);
    report(message);
    explainFailure(window.current(), message).catch((reason: unknown) => report(String(reason)));
  }

  function followLoginItem({ parts: { settings } }: Service): void {
    const apply = (): void => {
      setLoginItem(paths, settings.current().desktop).catch((error: unknown) =>
        report(`the login item could not be written: ${String(error)}`),
      );
    };
    let known = settings.current().desktop;
    settings.subscribe(() => {
      const { desktop } = settings.current();
      if (desktop.openAtLogin === known.openAtLogin && desktop.startHidden === known.startHidden) return;
      known = desktop;
      apply();
    });
    // Settings that could not be read say nothing about it.
    if (settings.problems().length === 0) apply();
  }

  /** The system's own parts of the window, and what the page takes for the system's theme. */
  function followTheme({ parts: { settings } }: Service): void {
    const apply = (): void => {
      nativeTheme.themeSource = settings.current().desktop.theme;
    };
    settings.subscribe(apply);
    apply();
  }

  function keepFirstKey({ parts }: Service): void {
    makeFirstKey(parts, { keptOnly: true }).catch((error: unknown) =>
      report(`no first key was made: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  function announce(service: Service): void {
    // A reader that went away must not take the app with it.
    process.stdout.on('error', () => undefined);
    const line = { event: 'listening', pid: process.pid, gateway: service.url(), ui: null };
    process.stdout.write(options.json ? `${JSON.stringify(line)}\n` : `Dragoman listens at ${line.gateway}\n`);
  }
}

async function actOn(
  act: TrayAct,
  window: DesktopWindow,
  places: Places,
  service: Service | null,
  quit: Quit,
): Promise<void> {
  switch (act.kind) {
    case 'open':
      return window.show();
    case 'open-agents':
      places.ask('agents');
      return window.show();
    case 'quit':
      return quit.byUser();
    case 'copy-base-url':
      return service === null ? undefined : clipboard.writeText(service.url());
    case 'use-model':
      return service === null ? undefined : chooseModel(act.model, localControl(service.parts));
    case 'use-agent-model':
      return service === null ? undefined : chooseAgentModel(act.agent, act.model, localControl(service.parts));
    case 'switch-agent':
      return service === null ? undefined : switchAgent(act.agent, act.on, localControl(service.parts));
    case 'open-at-login':
      return service?.parts.settings.edit(() => [{ kind: 'set', path: ['desktop', 'openAtLogin'], value: act.on }]);
    case 'pause':
      return service?.parts.gatewaySwitch.set(act.on);
  }
}

function isHiddenStart(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'hidden' in data && data.hidden === true;
}
