import { ORPCError } from '@orpc/server';
import type { ListedServer, ServerChanges, ServerDescription, TriedServer } from '../../src-shared/control.ts';
import { serverKind } from '../../src-shared/server-kinds.ts';
import { type SecretSource, type Settings, type UpstreamSettings, upstreamSchema } from '../../src-shared/settings.ts';
import { modelsReport } from '../models/catalogue.ts';
import type { ResolvedSecret } from '../secrets/resolved-secret.ts';
import { type SecretStore, SecretStoreFailure } from '../secrets/secret-store.ts';
import type { UpstreamSecrets } from '../secrets/upstream-secrets.ts';
import type { SettingsEdit } from '../settings/edit-text.ts';
import { SettingsFailure } from '../settings/problem.ts';
import type { SettingsStore } from '../settings/store.ts';
import type { Detection, KnownServer } from '../upstreams/detection.ts';
import type { SecretResolver } from '../upstreams/target.ts';
import type { Trial } from '../upstreams/try-server.ts';

export interface ServersParts {
  readonly settings: SettingsStore;
  readonly secrets: UpstreamSecrets;
  readonly keychain: SecretStore;
  readonly detection: Detection;
  readonly tryServer: (settings: UpstreamSettings, resolveSecret: SecretResolver) => Promise<Trial>;
}

interface Described {
  readonly server: ServerDescription;
  readonly secret?: string | undefined;
}

interface StoredServer {
  readonly id: string;
  readonly message: string | null;
}

interface RemovedServer {
  readonly id: string;
  readonly secretRemoved: boolean;
  readonly message: string | null;
  readonly stillNamedBy: string[];
}

/** The procedures of the control contract that are about model servers. They reject with errors whose words are meant for people. */
export function createServerProcedures({ settings, secrets, keychain, detection, tryServer }: ServersParts) {
  function configured(id: string): { readonly index: number; readonly upstream: UpstreamSettings } {
    const { upstreams } = settings.current();
    const index = upstreams.findIndex((upstream) => upstream.id === id);
    const upstream = upstreams[index];
    if (upstream !== undefined) return { index, upstream };
    const isDetected = detection.snapshot().servers.some(({ target }) => target.id === id);
    const message = isDetected
      ? `${id} is not in the settings: it was found on this computer and is listed as long as it is there.`
      : `There is no server "${id}" in ${settings.file}.`;
    throw new ORPCError('NOT_FOUND', { message });
  }

  /** A secret must not be moved for an edit that the settings file then refuses. */
  async function requireGoodSettings(): Promise<void> {
    await settings.reload();
    const problems = settings.problems();
    if (problems.length > 0) throw new SettingsFailure(settings.file, problems);
  }

  async function openPoint(upstream: UpstreamSettings): Promise<string | null> {
    return (await secretProblem(upstream))?.message ?? null;
  }

  async function secretProblem(upstream: UpstreamSettings | null): Promise<ListedServer['secretProblem']> {
    const resolved = upstream === null ? null : await secrets.preview(upstream);
    return resolved?.kind === 'unavailable' ? { moved: resolved.moved === true, message: resolved.message } : null;
  }

  async function list({ refresh }: { readonly refresh: boolean }): Promise<ListedServer[]> {
    if (!refresh) await detection.firstScan;
    let snapshot = refresh ? await detection.refresh() : detection.snapshot();
    // A round that was under way may have begun before a server was added.
    const isUnasked = snapshot.servers.some(({ enabled, inspection }) => enabled && inspection === null);
    if (refresh && isUnasked) snapshot = await detection.refresh();
    const entries = modelsReport(snapshot, settings.current(), null).servers;
    const secretProblems = await Promise.all(snapshot.servers.map(({ settings: upstream }) => secretProblem(upstream)));
    return snapshot.servers.flatMap((server, at) => {
      const entry = entries[at];
      if (entry === undefined) return [];
      const { models, ...described } = entry;
      return [
        {
          ...described,
          enabled: server.enabled,
          models: models.length,
          ...(entry.state === 'up' && canPull(server) && { pulls: true as const }),
          secret: server.settings?.secret ?? null,
          secretProblem: secretProblems[at] ?? null,
          description: server.settings === null ? null : descriptionOf(server.settings),
        },
      ];
    });
  }

  async function add(input: Described): Promise<StoredServer> {
    const server: ServerDescription = { ...input.server, ...sourceOf(input.server.secret, input.secret) };
    const upstream = upstreamSchema.parse(server);
    await requireGoodSettings();
    refuseTaken(settings.current(), server.id);
    // What an earlier server of this name was bound to says nothing of this one.
    await secrets.forgetOrigin(server.id);
    if (input.secret !== undefined) await secrets.set(upstream, input.secret);
    try {
      await settings.edit((now) => {
        refuseTaken(now, server.id);
        return [{ kind: 'append', path: ['upstreams'], value: { ...server } }];
      });
    } catch (error) {
      // What is told is why the server was not added.
      if (input.secret !== undefined) await secrets.remove(server.id).catch(() => false);
      throw error;
    }
    detection.settingsChanged();
    return { id: server.id, message: await openPoint(upstream) };
  }

  async function update(input: {
    readonly id: string;
    readonly changes: ServerChanges;
    readonly secret?: string | undefined;
  }): Promise<StoredServer> {
    const { id, secret } = input;
    await requireGoodSettings();
    const before = configured(id).upstream;
    const kept = input.changes.secret === undefined ? before.secret : (input.changes.secret ?? undefined);
    const changes = Object.entries({ ...input.changes, ...(secret !== undefined && sourceOf(kept, secret)) }).filter(
      ([, value]) => value !== undefined,
    );
    const merged = new Map<string, unknown>([...Object.entries(before), ...changes]);
    const next = upstreamSchema.parse(Object.fromEntries([...merged].filter(([, value]) => value !== null)));
    if (secret !== undefined) await secrets.set(next, secret);
    const leavesKeychain = before.secret?.from === 'keychain' && next.secret?.from !== 'keychain';
    const message = leavesKeychain ? (await takeSecretAway(before)).message : null;
    await settings.edit(() => {
      const { index, upstream } = configured(id);
      return changes.flatMap(([key, value]): readonly SettingsEdit[] => {
        const path = ['upstreams', index, key] as const;
        if (value !== null) return [{ kind: 'set', path, value: value ?? null }];
        const isSaid = (new Map<string, unknown>(Object.entries(upstream)).get(key) ?? null) !== null;
        return isSaid ? [{ kind: 'remove', path }] : [];
      });
    });
    detection.settingsChanged();
    return { id, message: message ?? (await openPoint(next)) };
  }

  async function remove({ id }: { readonly id: string }): Promise<RemovedServer> {
    await requireGoodSettings();
    const { secretRemoved, message } = await takeSecretAway(configured(id).upstream);
    await settings.edit(() => [{ kind: 'remove', path: ['upstreams', configured(id).index] }]);
    await secrets.forgetOrigin(id);
    detection.settingsChanged();
    return { id, secretRemoved, message, stillNamedBy: namesOf(settings.current(), id) };
  }

  /** Where there is no keychain at all none can be asked, and that must not keep a server from being removed. */
  async function takeSecretAway(
    upstream: UpstreamSettings,
  ): Promise<{ readonly secretRemoved: boolean; readonly message: string | null }> {
    if (upstream.secret?.from !== 'keychain') {
      // One that was stored before the settings were changed by hand.
      const open = (await keychain.state()).state === 'ready';
      return { secretRemoved: open && (await secrets.remove(upstream.id)), message: null };
    }
    try {
      return { secretRemoved: await secrets.remove(upstream.id), message: null };
    } catch (error) {
      if (!(error instanceof SecretStoreFailure) || error.state !== 'no-service') throw error;
      return {
        secretRemoved: false,
        message: `A secret that it may have in the keychain stays there: ${error.message}.`,
      };
    }
  }

  async function test(input: Described): Promise<TriedServer> {
    const { server, secret } = input;
    const upstream = upstreamSchema.parse({ ...server, ...sourceOf(server.secret, secret) });
    const given: ResolvedSecret | null = secret === undefined ? null : { kind: 'secret', value: secret };
    const resolve: SecretResolver = (asked) => (given === null ? secrets.preview(asked) : Promise.resolve(given));
    const { inspection, recognised } = await tryServer({ ...upstream, enabled: true }, resolve);
    const { state, version, message } = inspection;
    const another = recognised !== null && recognised.id !== upstream.kind && recognised.id !== 'openai-compatible';
    return {
      state,
      version,
      message: another
        ? `What answers there is ${serverKind(recognised.id).name}: choose the kind ${recognised.id}.`
        : message,
      recognised: recognised?.id ?? null,
      models: inspection.models.map(({ name }) => name),
    };
  }

  return { list, add, update, remove, test };
}

function refuseTaken({ upstreams }: Settings, id: string): void {
  if (!upstreams.some((upstream) => upstream.id === id)) return;
  throw new ORPCError('CONFLICT', { message: `There is a server "${id}" in the settings already.` });
}

/** A secret that is handed in goes into the keychain: then that is where it is kept, unless the server says another place. */
function sourceOf(said: SecretSource | undefined, secret: string | undefined): { readonly secret?: SecretSource } {
  if (secret === undefined) return said === undefined ? {} : { secret: said };
  switch (said?.from) {
    case undefined:
    case 'keychain':
      return { secret: { from: 'keychain' } };
    case 'env':
    case 'file':
      throw new ORPCError('BAD_REQUEST', {
        message: `A secret that is handed in goes into the keychain, but this server takes its secret from ${said.from === 'env' ? 'the environment' : 'a file'}.`,
      });
  }
}

/** The settings' entry in which only what differs from the defaults stands. */
function descriptionOf({
  id,
  kind,
  baseUrl,
  secret,
  header,
  protocol,
  tls,
  proxy,
  timeouts,
  headers,
  query,
  enabled,
  concurrency,
  loadOnUse,
  keepLoadedMinutes,
}: UpstreamSettings): ServerDescription {
  return {
    id,
    kind,
    baseUrl,
    ...(secret !== undefined && { secret }),
    ...(header !== undefined && { header }),
    ...(protocol !== 'auto' && { protocol }),
    ...((tls.caFile !== null || tls.insecure) && { tls }),
    ...(proxy !== 'system' && { proxy }),
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(Object.keys(query).length > 0 && { query }),
    ...(!enabled && { enabled }),
    ...(concurrency !== null && { concurrency }),
    ...(!loadOnUse && { loadOnUse }),
    ...(keepLoadedMinutes !== null && { keepLoadedMinutes }),
  };
}

/** Aliases and slots that mean a model of this server. */
function namesOf({ models, slots }: Settings, id: string): string[] {
  const aliases = models.flatMap((alias) => (alias.upstream === id ? [`alias ${alias.id}`] : []));
  const named = Object.entries(slots).flatMap(([slot, target]) =>
    target?.startsWith(`${id}/`) ? [`slot ${slot}`] : [],
  );
  return [...aliases, ...named];
}

function canPull({ target, inspection }: KnownServer): boolean {
  return target.kind.pulling !== undefined && inspection?.pulls !== false;
}
