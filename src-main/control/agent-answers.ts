import type { AgentChange, AgentId } from '../../src-shared/agents.ts';
import type { Slots } from '../../src-shared/settings.ts';
import { agents } from '../agents/all-agents.ts';
import type { AppliedFile } from '../agents/apply-changes.ts';
import type { PlannedFile } from '../agents/file-changes.ts';
import { RefusedChange } from '../agents/refused-change.ts';
import type { RecordEntry } from '../agents/setup-record.ts';
import { fingerprint, refusalOf } from '../agents/text-file.ts';

/** What the record is to say, and the changes of files that lead there. */
export interface Prepared {
  readonly entry: RecordEntry;
  readonly plan: readonly PlannedFile[];
  /** Models of the set-up that it changes, by slot. */
  readonly before: Slots;
  /** What will not go well with the chosen models. */
  readonly warnings?: readonly string[];
  /** Whether the gateway is to start when the user logs in from then on. */
  readonly startsAtLogin?: boolean;
}

/** What is told of a plan (`applied` null), or of what was done. */
export function describeChange(
  agent: AgentId,
  plan: readonly PlannedFile[],
  applied: readonly AppliedFile[] | null,
  warnings: readonly string[] = [],
): AgentChange {
  const planned = plan.flatMap(({ path, from, to, diff }) =>
    from === to ? [] : [{ path, created: from === null, diff, backup: null }],
  );
  return {
    agent,
    applied: applied !== null && applied.length > 0,
    files: [...(applied ?? planned)],
    restart: planned.length > 0 ? agents[agent].restart : null,
    left: plan.flatMap(({ left }) => left),
    warnings: [...warnings],
    seen: seenOf(plan),
    refused: null,
  };
}

/** Throws a RefusedChange where the files are not those that somebody was shown the change of. */
export function requireSeen(plan: readonly PlannedFile[], seen: string | undefined): void {
  if (seen === undefined || seen === seenOf(plan)) return;
  throw refused('the files have changed since the change was shown: look at it again');
}

function seenOf(plan: readonly PlannedFile[]): string {
  return fingerprint(JSON.stringify(plan.map(({ path, from }) => [path, fingerprint(from)])));
}

export function refused(why: string): RefusedChange {
  return new RefusedChange({ why, path: null, line: null });
}

/** A RefusedChange as an answer. */
export async function refusable(agent: AgentId, act: () => Promise<AgentChange>): Promise<AgentChange> {
  try {
    return await act();
  } catch (error) {
    // Copies and the record, too, may meet a full disk.
    const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : null;
    const refusal = refusalOf(error, path);
    if (!(refusal instanceof RefusedChange)) throw error;
    const { refusal: told } = refusal;
    return { agent, applied: false, files: [], restart: null, left: [], warnings: [], seen: '', refused: told };
  }
}
