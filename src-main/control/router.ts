import { implement, ORPCError } from '@orpc/server';
import { controlContract } from '../../src-shared/control.ts';
import type { UpstreamSettings } from '../../src-shared/settings.ts';
import { RefusedChange } from '../agents/refused-change.ts';
import { modelsReport } from '../models/catalogue.ts';
import { ConversationFailure } from '../protocols/conversation/error.ts';
import type { Accounts } from '../secrets/accounts.ts';
import { type SecretStore, SecretStoreFailure } from '../secrets/secret-store.ts';
import type { UpstreamSecrets } from '../secrets/upstream-secrets.ts';
import { SettingsFailure } from '../settings/problem.ts';
import type { SettingsStore } from '../settings/store.ts';
import type { Detection } from '../upstreams/detection.ts';
import type { SecretResolver } from '../upstreams/target.ts';
import type { Trial } from '../upstreams/try-server.ts';
import { type ActivityParts, activityProcedures, gatewayProcedures } from './activity-procedures.ts';
import { type AdviceParts, adviceProcedures } from './advice-procedures.ts';
import { type AgentProcedureParts, agentProcedures } from './agent-procedures.ts';
import { type CheckupParts, checkupProcedures } from './checkup-procedures.ts';
import { createKeyProcedures } from './keys.ts';
import { type ModelParts, modelProcedures } from './model-procedures.ts';
import { type ModelSettingsParts, modelSettingsProcedures } from './model-settings.ts';
import { type PullParts, pullProcedures } from './pull-procedures.ts';
import { createServerProcedures } from './servers.ts';
import { type SettingsParts, settingsProcedures } from './settings-procedures.ts';
import { type Updates, updatesProcedures } from './updates.ts';

/** What the procedures work on: the same parts that the gateway uses, or those of a command while no service runs. */
export interface ControlParts
  extends ActivityParts,
    AdviceParts,
    AgentProcedureParts,
    CheckupParts,
    ModelParts,
    ModelSettingsParts,
    PullParts,
    SettingsParts {
  readonly home: string;
  readonly version: string;
  /** ISO 8601; null where no service runs. */
  readonly startedAt: string | null;
  readonly secrets: UpstreamSecrets;
  readonly keychain: SecretStore;
  readonly accounts: Accounts;
  readonly detection: Detection;
  /** Asks a server that need not be in the settings. */
  readonly tryServer: (settings: UpstreamSettings, resolveSecret: SecretResolver) => Promise<Trial>;
  readonly updates: Updates;
}

/** The procedures of the control contract; any carrier can serve the same router. */
export function createControlRouter(parts: ControlParts) {
  const procedures = implement(controlContract).use(async ({ next }) => {
    try {
      return await next();
    } catch (error) {
      throw explained(error);
    }
  });
  const { settings, secrets, keychain } = parts;
  const servers = createServerProcedures(parts);
  const keys = createKeyProcedures(parts);

  function upstreamNamed(id: string): UpstreamSettings {
    const upstream = settings.current().upstreams.find((candidate) => candidate.id === id);
    if (upstream !== undefined) return upstream;
    throw new ORPCError('NOT_FOUND', {
      message: `There is no upstream "${id}" in ${settings.file}. Add it there first.`,
    });
  }

  async function keychainState() {
    const state = await keychain.state();
    return state.state === 'ready' ? { state: state.state, message: null, remedy: null } : state;
  }

  return procedures.router({
    status: procedures.status.handler(async () => ({
      pid: process.pid,
      version: parts.version,
      home: parts.home,
      startedAt: parts.startedAt,
      gateway: parts.gatewayUrl(),
      settings: { file: settings.file, problems: [...settings.problems()] },
      keychain: await keychainState(),
    })),
    models: {
      report: procedures.models.report.handler(async ({ input }) => {
        if (!input.refresh) await parts.detection.firstScan;
        const snapshot = input.refresh ? await parts.detection.refresh() : parts.detection.snapshot();
        return modelsReport(snapshot, settings.current(), parts.gatewayUrl(), parts.loader.underWay());
      }),
      ...modelProcedures(parts),
      ...checkupProcedures(parts),
      ...adviceProcedures(parts),
      ...pullProcedures(parts),
      ...modelSettingsProcedures(parts),
    },
    keys: {
      list: procedures.keys.list.handler(() => keys.list()),
      create: procedures.keys.create.handler(({ input }) => keys.create(input)),
      rename: procedures.keys.rename.handler(({ input }) => keys.rename(input)),
      reveal: procedures.keys.reveal.handler(({ input }) => keys.reveal(input)),
      revoke: procedures.keys.revoke.handler(({ input }) => keys.revoke(input)),
      allowModels: procedures.keys.allowModels.handler(({ input }) => keys.allowModels(input)),
      keepLocal: procedures.keys.keepLocal.handler(({ input }) => keys.keepLocal(input)),
      rotate: procedures.keys.rotate.handler(({ input }) => keys.rotate(input)),
    },
    servers: {
      list: procedures.servers.list.handler(({ input }) => servers.list(input)),
      add: procedures.servers.add.handler(({ input }) => servers.add(input)),
      update: procedures.servers.update.handler(({ input }) => servers.update(input)),
      remove: procedures.servers.remove.handler(({ input }) => servers.remove(input)),
      test: procedures.servers.test.handler(({ input }) => servers.test(input)),
    },
    secrets: {
      set: procedures.secrets.set.handler(async ({ input }) => {
        const upstream = upstreamNamed(input.upstream);
        if (upstream.secret !== undefined && upstream.secret.from !== 'keychain') {
          const { secret } = upstream;
          const place = secret.from === 'env' ? `the environment variable ${secret.name}` : `the file ${secret.path}`;
          throw new ORPCError('CONFLICT', {
            message: `${upstream.id} takes its secret from ${place}. Set "secret": { "from": "keychain" } in ${settings.file} first.`,
          });
        }
        await secrets.set(upstream, input.secret);
        if (upstream.secret === undefined) await takeFromKeychain(settings, upstream.id);
        parts.detection.settingsChanged();
        return { origin: new URL(upstream.baseUrl).origin };
      }),
      remove: procedures.secrets.remove.handler(async ({ input }) => {
        const removed = await secrets.remove(input.upstream);
        parts.detection.settingsChanged();
        return { removed };
      }),
      confirm: procedures.secrets.confirm.handler(async ({ input }) => {
        const upstream = upstreamNamed(input.upstream);
        if (!(await secrets.confirm(upstream))) {
          throw new ORPCError('CONFLICT', { message: `${upstream.id} has no secret that could be confirmed.` });
        }
        parts.detection.settingsChanged();
        return { origin: new URL(upstream.baseUrl).origin };
      }),
      state: procedures.secrets.state.handler(keychainState),
    },
    settings: settingsProcedures(parts),
    agents: agentProcedures(parts),
    activity: activityProcedures(parts),
    gateway: gatewayProcedures(parts),
    updates: updatesProcedures(parts.updates),
  });
}

/** Turns what can go wrong in the parts into errors whose words reach the caller; anything else stays an internal error. */
function explained(error: unknown): unknown {
  if (error instanceof SettingsFailure) {
    return new ORPCError('CONFLICT', { message: `${error.message}. Nothing was changed.` });
  }
  if (error instanceof RefusedChange) return new ORPCError('PRECONDITION_FAILED', { message: `${error.message}.` });
  if (error instanceof SecretStoreFailure) {
    return new ORPCError('PRECONDITION_FAILED', {
      message: `Nothing was changed: ${error.message}. ${error.remedy} Secrets are never written to a file.`,
    });
  }
  if (error instanceof ConversationFailure) {
    const { kind, message } = error.error;
    return new ORPCError(kind === 'unavailable' ? 'SERVICE_UNAVAILABLE' : 'BAD_GATEWAY', { message });
  }
  return error;
}

async function takeFromKeychain(settings: SettingsStore, id: string): Promise<void> {
  await settings.edit(({ upstreams }) => {
    const index = upstreams.findIndex((upstream) => upstream.id === id);
    if (index === -1) return [];
    return [{ kind: 'set', path: ['upstreams', index, 'secret'], value: { from: 'keychain' } }];
  });
}
