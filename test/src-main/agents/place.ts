import { join } from 'node:path';
import { applyChanges } from '../../../src-main/agents/apply-changes.ts';
import { type Backups, openBackups } from '../../../src-main/agents/backups.ts';
import type {
  AgentModel,
  AgentSetup,
  CodingAgent,
  Scope,
  Surroundings,
} from '../../../src-main/agents/coding-agent.ts';
import { planSetup, planUndo, settled } from '../../../src-main/agents/file-changes.ts';
import { openSetupRecord, type RecordEntry, type SetupRecord } from '../../../src-main/agents/setup-record.ts';
import type { FileSystem } from '../../../src-main/agents/text-file.ts';

export function model(id: string, contextWindow: number | null = 65_536): AgentModel {
  return { id, contextWindow, maxOutputTokens: null, vision: false, reasoning: null, tools: true };
}

export const setup: AgentSetup = {
  gateway: 'http://127.0.0.1:4747',
  key: 'dgm_0123456789012345678901234567890123456789012',
  model: model('ollama/qwen3-coder:30b'),
  slots: { haiku: model('ollama/qwen3:4b', 32_768) },
  models: [model('ollama/qwen3-coder:30b'), model('ollama/qwen3:4b', 32_768)],
  quiet: true,
};

/** Sets up and undoes as the control procedures do, without keys and questions. */
export interface Place {
  readonly user: string;
  readonly home: string;
  readonly record: SetupRecord;
  readonly backups: Backups;
  readonly surroundings: Surroundings;
  file(agent: CodingAgent, scope?: Scope): string;
  setUp(agent: CodingAgent, wanted?: AgentSetup, scope?: Scope, system?: FileSystem): Promise<void>;
  undo(agent: CodingAgent, scope?: Scope, system?: FileSystem): Promise<readonly string[]>;
}

/** `root`: an absolute path, below which the user's directory and Dragoman's home stand. */
export function placeAt(root: string): Place {
  const user = join(root, 'user');
  const home = join(root, 'home');
  const record = openSetupRecord(home);
  let time = Date.UTC(2026, 0, 1);
  const backups = openBackups(home, () => {
    time += 1_000;
    return new Date(time);
  });
  const surroundings: Surroundings = { platform: 'linux', environment: {}, userDirectory: user };
  const file = (agent: CodingAgent, scope: Scope = 'user'): string => {
    const [path] = agent.files(scope, surroundings, () => false) ?? [];
    if (path === undefined) throw new Error(`${agent.id} has no files of this scope`);
    return path;
  };
  const standingEntry = async (agent: CodingAgent, scope: Scope): Promise<RecordEntry | null> => {
    const entry = await record.find(agent.id, scope);
    return entry === null ? null : settled(entry, agent.format);
  };
  return {
    user,
    home,
    record,
    backups,
    surroundings,
    file,
    setUp: async (agent, wanted = setup, scope = 'user', system) => {
      const standing = (await standingEntry(agent, scope))?.setup ?? null;
      const plan = await planSetup([agent.wanted(wanted, file(agent, scope), surroundings)], standing, agent.format);
      const files = plan.flatMap(({ owned }) => (owned === null ? [] : [owned]));
      const entry = {
        agent: agent.id,
        scope,
        setup: { models: { default: wanted.model.id }, at: '2026-01-01T00:00:00Z', files },
        previous: null,
        kept: null,
      };
      await applyChanges({ record, backups, ...(system && { system }) }, entry, plan);
    },
    undo: async (agent, scope = 'user', system) => {
      const entry = await standingEntry(agent, scope);
      if (entry?.setup == null) return [];
      const plan = await planUndo(entry.setup, agent.format);
      await applyChanges(
        { record, backups, ...(system && { system }) },
        { ...entry, setup: null, previous: null },
        plan,
      );
      return plan.flatMap(({ left }) => left);
    },
  };
}
