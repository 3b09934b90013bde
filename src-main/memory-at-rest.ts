import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Milliseconds without a request. Agents take longer between two of them wherever a person or a tool is waited for. */
const restMs = 1500;
/** Bytes more than after the last time; for less a pause is not worth it. */
const worthwhile = 24e6;

export interface Traffic {
  inFlight(): number;
  /** Called whenever that changes. */
  onInFlight(notify: () => void): void;
}

export interface Memory {
  /** Bytes that the process holds. */
  resident(): number;
  /** Collects all garbage, and gives the system back what that leaves empty; holds everything up meanwhile. */
  collect(): void;
}

/**
 * Gives the memory of a busy time back once nothing is asked any more. V8 by itself keeps for good what some thousand streams made it
 * take (150 MB and more, mostly empty), and an app in the tray rests most of the day. Costs a pause of some tenths of a second at most.
 */
export function giveBackAtRest({ inFlight, onInFlight }: Traffic, memory: Memory = nodeMemory()): void {
  let level = memory.resident();
  let timer: NodeJS.Timeout | undefined;
  onInFlight(() => {
    clearTimeout(timer);
    if (inFlight() > 0) return;
    timer = setTimeout(() => {
      if (memory.resident() - level < worthwhile) return;
      memory.collect();
      level = memory.resident();
    }, restMs);
    timer.unref();
  });
}

/** V8's collector can be called only where its flag is set while a context is made; that of the process never sees it. */
function nodeMemory(): Memory {
  let collector: NodeJS.GCFunction | null = null;
  return {
    resident: () => process.memoryUsage.rss(),
    collect() {
      collector ??= exposedCollector();
      collector({ type: 'major', flavor: 'last-resort' });
    },
  };
}

function exposedCollector(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc');
  const collector: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (!isCollector(collector)) throw new Error('V8 exposes no collector');
  return collector;
}

function isCollector(value: unknown): value is NodeJS.GCFunction {
  return typeof value === 'function';
}
