import { app } from 'electron';

/** How this very program is called again: its executable, and the app's folder where that is a bare Electron. */
export function ownProgram(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  // An AppImage runs from a mount that is gone after the run; APPIMAGE names the file itself.
  const program = (process.platform === 'linux' && environment.APPIMAGE) || process.execPath;
  // Where Chromium can't have its sandbox it can't have it there either.
  const switches = app.commandLine.hasSwitch('no-sandbox') ? ['--no-sandbox'] : [];
  return [program, ...switches, ...(app.isPackaged ? [] : [app.getAppPath()])];
}
