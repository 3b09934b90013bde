import { type AgentChange, type AgentId, agentIds } from '../../src-shared/agents.ts';
import type { Backups } from '../agents/backups.ts';
import { planRestore } from '../agents/file-changes.ts';
import type { SetupRecord } from '../agents/setup-record.ts';
import { changeFile, type FileSystem } from '../agents/text-file.ts';
import { describeChange, refusable, requireSeen } from './agent-answers.ts';

/** The procedures about copies of agents' files. They resolve with null where there is no such copy. */
export function createBackupProcedures(record: SetupRecord, backups: Backups, system: FileSystem) {
  async function find(
    id: string,
  ): Promise<{ readonly agent: AgentId; readonly path: string; readonly text: string } | null> {
    const found = await backups.read(id);
    const agent = agentIds.find((known) => known === found?.backup.agent);
    return found === null || agent === undefined ? null : { agent, path: found.backup.path, text: found.text };
  }

  async function plan({ id }: { readonly id: string }): Promise<AgentChange | null> {
    const found = await find(id);
    if (found === null) return null;
    const { agent, path, text } = found;
    return refusable(agent, async () => describeChange(agent, [await planRestore(path, text)], null));
  }

  /** What the record says of the file stays: what of ours is not in it any more shows as changed outside. */
  async function restore({
    id,
    seen,
  }: {
    readonly id: string;
    readonly seen?: string | undefined;
  }): Promise<AgentChange | null> {
    const found = await find(id);
    if (found === null) return null;
    const { agent, path, text } = found;
    return refusable(agent, () =>
      record.alone(async () => {
        const file = await planRestore(path, text);
        requireSeen([file], seen);
        if (file.from === file.to) return describeChange(agent, [file], []);
        const copy = file.from === null ? null : await backups.add(agent, path, file.from);
        await changeFile(file, system);
        const done = { path, created: file.from === null, diff: file.diff, backup: copy?.file ?? null };
        return describeChange(agent, [file], [done]);
      }),
    );
  }

  return { list: () => backups.list(), plan, restore };
}
