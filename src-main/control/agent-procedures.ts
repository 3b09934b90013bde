import { homedir } from 'node:os';
import { implement, ORPCError } from '@orpc/server';
import { agentsContract } from '../../src-shared/agents.ts';
import type { ActivityLog } from '../activity/activity-log.ts';
import { openBackups } from '../agents/backups.ts';
import type { RemovalRules } from '../agents/clean-environment.ts';
import { createInstalledAgents } from '../agents/installed-agents.ts';
import { createLoginVariables } from '../agents/login-variables.ts';
import { createProjectFolders, folderScope } from '../agents/project-folders.ts';
import { openSetupRecord } from '../agents/setup-record.ts';
import { realFiles } from '../agents/text-file.ts';
import { createWsl } from '../agents/wsl.ts';
import { wslAware } from '../agents/wsl-files.ts';
import { createWslHomes } from '../agents/wsl-homes.ts';
import type { SessionMoves } from '../models/session-moves.ts';
import type { Detection } from '../upstreams/detection.ts';
import { createBackupProcedures } from './agent-backups.ts';
import { createAgentKeys } from './agent-keys.ts';
import { type AgentLaunchParts, createAgentLaunch } from './agent-launch.ts';
import { agentsInUse, listAgents, setUpsIn } from './agent-list.ts';
import { chooseModels } from './agent-models.ts';
import { tryAgent } from './agent-trial.ts';
import { type AgentsParts, createAgentProcedures } from './agents.ts';
import type { KeysParts } from './keys.ts';
import type { LoginStart } from './login-start.ts';
import { createSetupPlaces } from './setup-places.ts';

export interface AgentProcedureParts extends KeysParts {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly detection: Detection;
  readonly sessions: SessionMoves;
  readonly activity: ActivityLog;
  /** Null where no service runs. */
  readonly gatewayUrl: () => string | null;
  /** Null where this shell does not see to that. */
  readonly loginStart: LoginStart | null;
}

/** What may be asked of the coding agents' configurations. */
export function agentProcedures(parts: AgentProcedureParts) {
  const procedures = implement(agentsContract);
  const { settings, detection, environment, gatewayUrl, activity } = parts;
  const source = { settings: settings.current, detection, isWatching: () => gatewayUrl() !== null };
  const record = openSetupRecord(parts.home);
  const backups = openBackups(parts.home, () => new Date());
  const surroundings = { platform: process.platform, environment, userDirectory: homedir() };
  const wsl = createWsl(surroundings);
  const system = wsl === null ? realFiles : wslAware(realFiles, wsl);
  const places = createSetupPlaces({
    surroundings,
    wslHomes: wsl === null ? null : createWslHomes(wsl, Date.now),
    gatewayHost: () => settings.current().gateway.host,
  });
  const installed = createInstalledAgents(surroundings, Date.now);
  const loginVariables = createLoginVariables(surroundings, Date.now);
  const foldersWorkedIn = createProjectFolders(surroundings, Date.now);
  const gatewayAddress = (): string | null => gatewayUrl() ?? addressInSettings(settings.current().gateway);
  const copies = createBackupProcedures(record, backups, system);
  const agentKeys = createAgentKeys(parts, Date.now);
  const removalRules = (): RemovalRules => {
    const { keepVariables, strictEnvironment } = settings.current().agents;
    return { strict: strictEnvironment, kept: keepVariables };
  };
  const agentParts: AgentsParts & AgentLaunchParts = {
    record,
    backups,
    system,
    places,
    surroundings,
    gatewayAddress,
    agentKeys,
    chooseModels: (choices, before) => chooseModels(source, choices, before, agentKeys.newest(choices.agent)),
    moveSessions: parts.sessions.move,
    loginStart: parts.loginStart,
    removalRules,
    isRunning: source.isWatching,
    now: Date.now,
  };
  const agents = createAgentProcedures(agentParts);
  const { launch, environment: startedWith } = createAgentLaunch(agentParts);
  return {
    list: procedures.list.handler(async ({ input }) => {
      const refresh = input?.refresh ?? false;
      const here = folderScope(input?.folder ?? '');
      const folders = new Set([...(here === null ? [] : [here]), ...(await foldersWorkedIn(refresh))]);
      return listAgents(
        { record, surroundings, installed, loginVariables, agentKeys, places, settings: settings.current },
        { gateway: gatewayAddress(), folders: [...folders], startsAtLogin: parts.loginStart?.isOn() ?? null },
        refresh,
      );
    }),
    inUse: procedures.inUse.handler(() => agentsInUse(record)),
    setUps: procedures.setUps.handler(() => setUpsIn(record)),
    plan: procedures.plan.handler(({ input }) => agents.plan(input)),
    apply: procedures.apply.handler(({ input }) => agents.apply(input)),
    planUndo: procedures.planUndo.handler(({ input }) => agents.planUndo(input)),
    undo: procedures.undo.handler(({ input }) => agents.undo(input)),
    planRotateKey: procedures.planRotateKey.handler(({ input }) => agents.planRotateKey(input.agent)),
    rotateKey: procedures.rotateKey.handler(({ input }) => agents.rotateKey(input.agent, input.seen)),
    allowModels: procedures.allowModels.handler(async ({ input: { agent } }) => {
      const models = (await record.find(agent, 'user'))?.setup?.models ?? {};
      await agentKeys.allow(agent, Object.values(models));
    }),
    launch: procedures.launch.handler(({ input }) => launch(input)),
    environment: procedures.environment.handler(() => startedWith()),
    tryIt: procedures.tryIt.handler(({ input, signal }) =>
      tryAgent(
        { record, installed, surroundings, agentKeys, activity, removalRules, launch, now: Date.now },
        input,
        signal,
      ),
    ),
    backups: procedures.backups.handler(async () => [...(await copies.list())]),
    planRestore: procedures.planRestore.handler(async ({ input }) => found(await copies.plan(input))),
    restore: procedures.restore.handler(async ({ input }) => found(await copies.restore(input))),
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
