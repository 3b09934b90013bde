import { app, BrowserWindow, type WebContents } from 'electron';
import { windowPage } from './app-protocol.ts';
import type { WindowMemory } from './window-bounds.ts';

export interface DesktopWindowOptions {
  readonly memory: WindowMemory;
  /** Absolute path of the built preload script. */
  readonly preload: string;
  readonly icon: string;
  /** The user closed the window while the app goes on: it decides what becomes of it. */
  readonly onClose: (window: BrowserWindow) => void;
  readonly report: (message: string) => void;
}

export interface DesktopWindow {
  /** Opens it, or brings it to the front. */
  show(): void;
  /** Opens it as a button of the taskbar, where there is no tray to open it from. */
  openMinimised(): void;
  /** Its page, where there is one now. */
  contents(): WebContents | null;
  current(): BrowserWindow | null;
  /** Closes it for good, without asking `onClose`. */
  close(): void;
}

/** A page that dies this often within a minute is left alone: loading it again would only spin. */
const mostReloads = 3;
const reloadWindowMs = 60_000;

/** The one window. Its page may crash and is loaded anew; the service knows nothing of it. */
export function createDesktopWindow(options: DesktopWindowOptions): DesktopWindow {
  const { memory, report } = options;
  let window: BrowserWindow | null = null;

  function open(whenReady: (opened: BrowserWindow) => void): BrowserWindow {
    const opened = new BrowserWindow({
      ...memory.bounds(),
      minWidth: 450,
      minHeight: 300,
      title: 'Dragoman',
      icon: options.icon,
      autoHideMenuBar: true,
      // Shown once there is something to see.
      show: false,
      webPreferences: {
        preload: options.preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        devTools: !app.isPackaged,
        spellcheck: false,
      },
    });
    if (memory.maximised()) opened.maximize();
    opened.once('ready-to-show', () => whenReady(opened));
    opened.on('close', (event) => {
      remember(opened);
      event.preventDefault();
      options.onClose(opened);
    });
    opened.on('closed', () => {
      window = null;
    });
    reloadAfterCrash(opened);
    load(opened);
    return opened;
  }

  function remember(opened: BrowserWindow): void {
    memory.remember({ bounds: opened.getNormalBounds(), maximised: opened.isMaximized() });
  }

  function load(opened: BrowserWindow): void {
    opened.loadURL(windowPage).catch((error: unknown) => report(`the window could not be loaded: ${String(error)}`));
  }

  function reloadAfterCrash(opened: BrowserWindow): void {
    let crashes: number[] = [];
    opened.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      if (reason === 'clean-exit') return;
      report(`the window's page ended (${reason}, exit code ${exitCode}); the gateway goes on`);
      crashes = [...crashes, Date.now()].filter((at) => Date.now() - at < reloadWindowMs);
      if (crashes.length <= mostReloads) return load(opened);
      report('the page is not loaded again: it keeps ending. Open the window anew to try once more');
      opened.destroy();
    });
    opened.on('unresponsive', () => report('the window does not respond'));
  }

  return {
    show() {
      window ??= open((opened) => opened.show());
      if (window.isMinimized()) window.restore();
      // A window that is still loading shows itself.
      if (window.webContents.getURL() !== '' && !window.webContents.isLoadingMainFrame()) {
        window.show();
        window.focus();
      }
    },
    openMinimised() {
      window ??= open((opened) => opened.minimize());
    },
    contents: () => window?.webContents ?? null,
    current: () => window,
    close() {
      if (window === null) return;
      remember(window);
      window.destroy();
    },
  };
}
