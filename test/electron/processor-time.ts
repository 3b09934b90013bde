import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of proc(5) in a second: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** A process and all that it started, directly or not, as they run now (Linux). */
export function processTree(root: number): readonly number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const fields = statFields(Number(name));
      return fields === null ? [] : [{ pid: Number(name), parent: Number(fields[1]) }];
    });
  const tree = [root];
  for (const pid of tree) for (const child of parents) if (child.parent === pid) tree.push(child.pid);
  return tree;
}

/** Processor time that these processes have used so far, in seconds. One that has ended counts as none. */
export function processorSeconds(pids: readonly number[]): number {
  const ticks = pids.map((pid) => {
    const fields = statFields(pid);
    return Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / ticksPerSecond;
}

/** The fields of /proc/PID/stat after the name, which may hold anything: state, parent … utime (11), stime (12). */
function statFields(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null; // It has ended meanwhile.
  }
}
