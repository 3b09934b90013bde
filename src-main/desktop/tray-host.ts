import { execFile } from 'node:child_process';

const watcher = 'org.kde.StatusNotifierWatcher';
/** How long the session bus may take to answer; milliseconds. */
const limitMs = 1_500;

/**
 * Whether the desktop shows tray icons. On Linux: whether a host is registered with the StatusNotifierWatcher on the session bus, which stock
 * GNOME lacks (freedesktop.org's StatusNotifierItem). Where the bus can't be asked, that counts as no: a window that minimises is
 * found again, one that hid without a tray is not.
 */
export async function hasTrayHost(platform: NodeJS.Platform = process.platform): Promise<boolean> {
  if (platform !== 'linux') return true;
  const property = 'IsStatusNotifierHostRegistered';
  const asked = await Promise.all([
    answerOf(
      'gdbus',
      ['call', '--session', '--dest', watcher, '--object-path', '/StatusNotifierWatcher'],
      ['--method', 'org.freedesktop.DBus.Properties.Get', watcher, property],
    ),
    answerOf('busctl', ['--user', 'get-property', watcher, '/StatusNotifierWatcher', watcher, property]),
  ]);
  return asked.some((answer) => /\btrue\b/.test(answer));
}

/** What the program printed; nothing where it is not there or failed. */
function answerOf(program: string, ...args: readonly (readonly string[])[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args.flat(), { timeout: limitMs }, (error, stdout) => resolve(error === null ? stdout : ''));
  });
}
