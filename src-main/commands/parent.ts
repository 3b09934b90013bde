import { readFileSync } from 'node:fs';

/** How often it is looked whether the parents are still there; milliseconds. */
const lookMs = 500;
const longestChain = 12;

interface Ancestor {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
}

/**
 * Aborted once whoever started this program is gone: `bin/dragoman.mjs` where it handed over to another Node (its channel closes),
 * or npm. npm ends without passing signals on and leaves its children running (measured with npm 11), shells and further npms between.
 */
export function watchParents(environment: NodeJS.ProcessEnv): AbortSignal {
  const gone = new AbortController();
  if (environment.DRAGOMAN_HANDED_OVER === '1') {
    process.once('disconnect', () => gone.abort());
    // The channel only tells of the end; it must not keep a finished command alive.
    process.channel?.unref();
    if (!process.connected) gone.abort();
  }
  if (environment.npm_lifecycle_event !== undefined || environment.npm_execpath !== undefined) {
    const isWhole = process.platform === 'linux' ? chainOnLinux() : chainElsewhere();
    const timer = setInterval(() => {
      if (isWhole()) return;
      clearInterval(timer);
      gone.abort();
    }, lookMs);
    timer.unref();
  }
  return gone.signal;
}

/** Every link up to the topmost npm: whoever loses its parent gets another one, even while the dead one is not yet collected. */
function chainOnLinux(): () => boolean {
  const chain: Ancestor[] = [];
  for (let pid = process.pid; chain.length < longestChain; ) {
    const process = readProcess(pid);
    if (process === null || process.parent <= 1) break;
    chain.push(process);
    pid = process.parent;
  }
  const topmost = chain.findLastIndex(({ name }) => name.startsWith('npm'));
  // Without an npm in sight (its title may be hidden) the direct parent counts.
  const watched = chain.slice(0, topmost === -1 ? 1 : topmost);
  return () => watched.every(({ pid, parent }) => readProcess(pid)?.parent === parent);
}

/** Where other processes' parents can't be read cheaply, the direct parent counts. */
function chainElsewhere(): () => boolean {
  const parent = process.ppid;
  return () => process.ppid === parent && isAlive(parent);
}

/** From /proc/PID/stat (proc(5)): the name stands in parentheses and may hold some itself. */
function readProcess(pid: number): Ancestor | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const nameEnd = stat.lastIndexOf(')');
    const parent = Number(stat.slice(nameEnd + 2).split(' ')[1]);
    return { pid, parent, name: stat.slice(stat.indexOf('(') + 1, nameEnd) };
  } catch {
    return null; // It is gone, or not ours to see.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
