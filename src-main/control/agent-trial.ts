import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentTrial } from '../../src-shared/agent-trial.ts';
import type { AgentChoices, PlannedLaunch } from '../../src-shared/agents.ts';
import type { ActivityLog } from '../activity/activity-log.ts';
import { agents } from '../agents/all-agents.ts';
import { cleanEnvironment, type RemovalRules } from '../agents/clean-environment.ts';
import type { CodingAgent, Surroundings } from '../agents/coding-agent.ts';
import { type HeadlessEnd, startHeadless } from '../agents/headless-run.ts';
import type { InstalledAgents } from '../agents/installed-agents.ts';
import type { Setup, SetupRecord } from '../agents/setup-record.ts';
import type { AgentKeys } from './agent-keys.ts';
import { judgeTrial, type TrialSeen, trialFile, trialTask } from './trial-verdict.ts';

export interface TrialParts {
  readonly record: SetupRecord;
  readonly installed: InstalledAgents;
  readonly surroundings: Surroundings;
  readonly agentKeys: AgentKeys;
  readonly activity: ActivityLog;
  /** What the settings say of the environment of agents that are started. */
  readonly removalRules: () => RemovalRules;
  readonly launch: (choices: AgentChoices) => Promise<PlannedLaunch>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A model that is loaded first and reads a long prompt slowly takes its minutes. */
const limitMinutes = 10;
/** Of the log's newest rows: more than an agent asks in that time. */
const mostRows = 500;

/**
 * Has an agent do the trial task once in an empty folder, and tells how far it has come. Ends with the agent, after ten minutes, or when
 * the signal says so; then what was started is ended and the folder is gone.
 */
export async function* tryAgent(
  parts: TrialParts,
  choices: Pick<AgentChoices, 'agent' | 'model'>,
  signal: AbortSignal | undefined,
): AsyncGenerator<AgentTrial, void> {
  const agent = agents[choices.agent];
  const { label, executables } = agent;
  let seen: TrialSeen = {
    label,
    executables,
    installed: null,
    started: false,
    rows: [],
    file: null,
    end: null,
    endedAfter: null,
    output: '',
  };
  yield { state: 'running', step: 'installed', facts: {}, failure: null, output: '' };
  const installed = await parts.installed.find(agent, true);
  if (isLeft(signal)) return;
  if (installed === null) return yield judgeTrial(seen);
  seen = { ...seen, installed };
  yield judgeTrial(seen);

  const setup = (await parts.record.find(agent.id, 'user'))?.setup ?? null;
  // What it is set up to is what is tried; without a set-up it is started the way that touches no file.
  const launch = setup === null || choices.model !== undefined ? await parts.launch(choices) : null;
  const own = launch?.environment ?? (setup === null ? {} : await keyVariable(parts, agent, setup));
  const keys = [...parts.agentKeys.lasting(agent.id), ...(launch?.temporaryKey ? [launch.temporaryKey] : [])];
  const folder = await mkdtemp(join(tmpdir(), 'dragoman-try-'));
  const since = parts.now();
  const run = startHeadless({
    executable: installed.executable,
    args: [...(launch?.args ?? []), ...agent.headless],
    environment: cleanEnvironment(parts.surroundings.environment, own, parts.removalRules()),
    folder,
    task: trialTask,
  });
  const over = new AbortController();
  let end: HeadlessEnd | null = null;
  const ended = run.ended.then((how) => {
    end = how;
    over.abort();
  });
  let limitReached = false;
  const limit = setTimeout(() => {
    limitReached = true;
    over.abort();
  }, limitMinutes * 60_000);
  const look = async (): Promise<AgentTrial> => {
    const rows = parts.activity
      .page(mostRows)
      .rows.filter((row) => row.startedAt >= since)
      // A request with a key that does not count is known by who says to have sent it.
      .filter((row) => (row.keyId === null ? row.agent === label : keys.includes(row.keyId)));
    const file = await readFile(join(folder, trialFile), 'utf8').catch(() => null);
    const started = end?.failure == null;
    return judgeTrial({ ...seen, started, rows: rows.reverse(), file, end, output: run.output() });
  };
  try {
    let told = '';
    const stop = AbortSignal.any([over.signal, ...(signal === undefined ? [] : [signal])]);
    for await (const _batch of parts.activity.subscribe(stop)) {
      const trial = await look();
      if (trial.state !== 'running' || JSON.stringify(trial) === told) continue;
      told = JSON.stringify(trial);
      yield trial;
    }
    if (isLeft(signal)) return;
    if (limitReached) seen = { ...seen, endedAfter: limitMinutes };
    run.stop();
    await ended;
    yield await look();
  } finally {
    clearTimeout(limit);
    run.stop();
    await ended;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    if (launch?.temporaryKey) await parts.agentKeys.revoke([launch.temporaryKey]);
  }
}

/** The key, where what is set up finds it in a variable; the user's own value where the keychain does not tell it now. */
async function keyVariable(
  { agentKeys, record, surroundings }: TrialParts,
  { id, keyVariable: name }: CodingAgent,
  { keyFrom }: Setup,
): Promise<Readonly<Record<string, string>>> {
  if (keyFrom !== 'environment' || name === undefined) return {};
  const key = (await agentKeys.existing(id, await record.list()))?.key ?? surroundings.environment[name];
  return key === undefined ? {} : { [name]: key };
}

/** Whether nobody listens any more. */
function isLeft(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}
