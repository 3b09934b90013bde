import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

/** A process that listens. */
export interface PortOwner {
  readonly pid: number;
  readonly name: string;
}

/** Who listens on a TCP port of this machine, where the system lets us tell: on Linux, for processes of the same user (proc(5)). */
export async function portOwner(port: number, platform: NodeJS.Platform = process.platform): Promise<PortOwner | null> {
  if (platform !== 'linux') return null;
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const sockets = new Set(tables.flatMap((table) => listeningSockets(table, port)));
  if (sockets.size === 0) return null;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    if (!(await holdsAny(pid, sockets))) continue;
    // The name of its main thread, which /proc/PID/comm holds, may be anything: Node's is "MainThread".
    const name = await readlink(`/proc/${pid}/exe`).catch(() => '');
    return name === '' ? null : { pid: Number(pid), name: basename(name.replace(/ \(deleted\)$/, '')) };
  }
  return null;
}

/** Links of the sockets that listen (state 0A) on the port, as they stand in a process's fd folder. */
function listeningSockets(table: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === '0A' && local.endsWith(`:${wanted}`) ? [`socket:[${inode}]`] : [];
  });
}

async function holdsAny(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  // Another user's process, or one that has just ended, can't be looked into.
  const open = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(open.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  return links.some((link) => sockets.has(link));
}
