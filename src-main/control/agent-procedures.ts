import { homedir } from 'node:os';
import { implement, ORPCError } from '@orpc/server';
import { agentsContract } from '../../src-shared/agents.ts';
import { openBackups } from '../agents/backups.ts';
import { openSetupRecord } from '../agents/setup-record.ts';
import type { Detection } from '../upstreams/detection.ts';
import { createAgentKeys } from './agent-keys.ts';
import { chooseModels } from './agent-models.ts';
import { createAgentProcedures } from './agents.ts';
import type { KeysParts } from './keys.ts';

export interface AgentProcedureParts extends KeysParts {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly detection: Detection;
  /** Null where no service runs. */
  readonly gatewayUrl: () => string | null;
}

/** What may be asked of the coding agents' configurations. */
export function agentProcedures(parts: AgentProcedureParts) {
  const procedures = implement(agentsContract);
  const { settings, detection, environment, gatewayUrl } = parts;
  const source = { settings: settings.current, detection, isWatching: () => gatewayUrl() !== null };
  const agents = createAgentProcedures({
    record: openSetupRecord(parts.home),
    backups: openBackups(parts.home, () => new Date()),
    surroundings: { platform: process.platform, environment, userDirectory: homedir() },
    agentKeys: createAgentKeys(parts, Date.now),
    chooseModels: (choices, before) => chooseModels(source, choices, before),
    gatewayAddress: () => gatewayUrl() ?? addressInSettings(settings.current().gateway),
    isRunning: source.isWatching,
    now: Date.now,
  });
  return {
    list: procedures.list.handler(() => agents.list()),
    plan: procedures.plan.handler(({ input }) => agents.plan(input)),
    apply: procedures.apply.handler(({ input }) => agents.apply(input)),
    planUndo: procedures.planUndo.handler(({ input }) => agents.planUndo(input)),
    undo: procedures.undo.handler(({ input }) => agents.undo(input)),
    launch: procedures.launch.handler(({ input }) => agents.launch(input)),
    backups: procedures.backups.handler(async () => [...(await agents.backups())]),
    planRestore: procedures.planRestore.handler(async ({ input }) => found(await agents.planRestore(input))),
    restore: procedures.restore.handler(async ({ input }) => found(await agents.restore(input))),
  };
}

function found<Answer>(answer: Answer | null): Answer {
  if (answer !== null) return answer;
  throw new ORPCError('NOT_FOUND', { message: 'There is no such backup.' });
}

/** Where the gateway will answer on this computer; null where any free port will do. */
function addressInSettings({ host, port }: { readonly host: string; readonly port: number }): string | null {
  if (port === 0) return null;
  const everywhere = host === '0.0.0.0' || host === '::' || host === 'localhost';
  const name = everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
