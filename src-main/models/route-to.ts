import { type CompatFlags, defaultFlags } from '../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import { serverKind } from '../../src-shared/server-kinds.ts';
import type { AliasSettings } from '../../src-shared/settings.ts';
import type { KnownServer } from '../upstreams/detection.ts';
import type { UpstreamTarget } from '../upstreams/target.ts';
import type { CatalogueModel } from './catalogue.ts';
import type { Route } from './route.types.ts';
import type { Shelf } from './shelf.ts';

/**
 * The way to a model: where, with what and how it is asked.
 *
 * @param alias whose settings hold
 * @param named the alias that was asked for, where `alias` is one that it falls back on
 */
export function routeTo(shelf: Shelf, model: CatalogueModel, alias: AliasSettings | null, named = alias): Route {
  const { target } = shelf.server;
  const variant = variantOf(shelf, model);
  const served = variant?.made ?? model;
  const flags: CompatFlags = {
    ...defaultFlags,
    ...target.kind.flags,
    ...target.kind.modelFlags?.(model.name),
    ...model.flags,
  };
  const isBent = bendsChat(model.flags);
  return {
    modelId: model.id,
    alias: named?.id ?? null,
    target: targetFor(target, model.name),
    upstreamModel: served.name,
    ...(variant?.made === null && { variant: { name: variant.name, contextWindow: variant.contextWindow } }),
    flags,
    contextWindow: served.contextWindow.inForce,
    maxOutputTokens: model.maxOutputTokens,
    defaults: { ...(named !== null && defaultsOf(alias ?? named)), ...keptOf(shelf.server) },
    timeouts: {
      connectMs: alias?.timeouts.connectMs ?? target.timeouts.connectMs,
      firstByteMs: alias?.timeouts.firstByteMs ?? target.timeouts.firstByteMs,
      idleMs: alias?.timeouts.idleMs ?? target.timeouts.idleMs,
    },
    ...(alias?.timeouts.loadingMs !== undefined && { loadingMs: alias.timeouts.loadingMs }),
    upstreamProtocol: (client) => upstreamProtocol(target, client, isBent ? [] : flags.nativeProtocols),
    ...(isBent && { rewritesChat: true }),
    ...queueOf(shelf.server, model),
    ...(isWindowUntold(shelf.server, served, flags) && { loading: 'told' as const }),
    ...loadingOf(shelf.server, served),
    ...(model.slots !== undefined && { slots: model.slots }),
    ...(isAway(shelf.server) && { isDown: true }),
    ...((alias?.localOnly === true || named?.localOnly === true) && { localOnly: true }),
    ...(model.runsElsewhere === true && { runsElsewhere: true }),
  };
}

function isAway({ inspection }: KnownServer): boolean {
  return inspection?.state === 'down' || inspection?.state === 'loading';
}

/** What the user says holds for the whole server; else each model takes as many requests at once as it has slots. */
function queueOf({ target, settings }: KnownServer, { id, slots }: CatalogueModel): Pick<Route, 'queue'> {
  const concurrency = settings?.concurrency ?? null;
  if (concurrency !== null) return { queue: { name: target.id, limit: concurrency } };
  return slots === undefined ? {} : { queue: { name: id, limit: slots } };
}

function loadingOf(
  { target, settings }: KnownServer,
  model: CatalogueModel,
): Pick<Route, 'loading' | 'loadsForRequest'> {
  if (model.loaded !== false || model.runsElsewhere === true) return {};
  if (settings?.loadOnUse === false) return { loading: 'refused' };
  if (target.kind.loading === undefined || model.loading === undefined) return { loadsForRequest: true };
  const isKept = target.kind.loading.keeps === 'load' && (settings?.keepLoadedMinutes ?? null) !== null;
  return isKept || model.loadsOnRequest === false ? { loading: 'told' } : { loadsForRequest: true };
}

/** Whether a model has to be in memory before it is known what of a prompt it would leave out without a word. */
function isWindowUntold({ target }: KnownServer, model: CatalogueModel, flags: CompatFlags): boolean {
  const canLoad = model.loaded === false && model.loading !== undefined && target.kind.loading !== undefined;
  return canLoad && flags.truncatesSilently && model.contextWindow.inForce === null;
}

/** Where a server is told with each request how long the model stays loaded. */
function keptOf({ target, settings }: KnownServer): JsonObject {
  const minutes = settings?.keepLoadedMinutes ?? null;
  return minutes !== null && target.kind.loading?.keeps === 'request' ? { ttl: Math.round(minutes * 60) } : {};
}

/** The variant of the model that has the context window which the user wants, where only a variant can; `made`: as its server lists it. */
function variantOf(
  { server, byName }: Shelf,
  { name, wantedContext, loading }: CatalogueModel,
): { readonly name: string; readonly contextWindow: number; readonly made: CatalogueModel | null } | null {
  const { contextVariants } = server.target.kind;
  if (contextVariants === undefined || wantedContext === undefined || loading === undefined) return null;
  const variant = contextVariants.nameOf(name, wantedContext);
  return { name: variant, contextWindow: wantedContext, made: byName.get(variant) ?? null };
}

/** Some servers have the model in the URL. */
function targetFor(target: UpstreamTarget, model: string): UpstreamTarget {
  const { modelUrl } = target.kind;
  return modelUrl === undefined ? target : { ...target, apiUrl: modelUrl(target.apiUrl, model) };
}

/**
 * What an upstream is spoken to in for a client of a protocol: what the user says, else the client's own protocol where the kind speaks that
 * as its inventor does, or the model's server was found to (`native`), else the kind's first (reference protocol.md §7.5).
 */
export function upstreamProtocol(
  { kind, protocol }: Pick<UpstreamTarget, 'kind' | 'protocol'>,
  client: Protocol,
  native: readonly Protocol[] = [],
): Protocol {
  const spoken: readonly [Protocol, ...Protocol[]] = serverKind(kind.id).protocols ?? ['chat'];
  return protocol ?? (spoken.includes(client) || native.includes(client) ? client : spoken[0]);
}

/** Whether a model wants of Chat requests what their clients can't know, or its answers hold what they would not find. */
function bendsChat(flags: Partial<CompatFlags>): boolean {
  return (
    flags.systemMessages === false ||
    flags.strictAlternation === true ||
    flags.parallelToolCalls === false ||
    flags.leakedToolCalls === true ||
    (flags.toolCallIds ?? 'any') !== 'any' ||
    (flags.toolFormat ?? 'native') !== 'native' ||
    (flags.textWithToolCalls ?? 'together') !== 'together'
  );
}

function defaultsOf(alias: AliasSettings): JsonObject {
  const { chat_template_kwargs: templateArguments, ...rest } = alias.defaults;
  const defaults: JsonObject = { ...rest };
  if (templateArguments !== undefined) defaults.chat_template_kwargs = { ...templateArguments };
  return defaults;
}
