import { type CompatFlags, defaultFlags } from '../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import { serverKind } from '../../src-shared/server-kinds.ts';
import type { AliasSettings, Settings, Slots } from '../../src-shared/settings.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import type { KnownServer, ServersSnapshot } from '../upstreams/detection.ts';
import type { UpstreamTarget } from '../upstreams/target.ts';
import { type CatalogueModel, fromSettings, modelsOf } from './catalogue.ts';
import { nearestIds, slotOf, withoutClaudePrefix } from './model-names.ts';
import type { Fallback, ListedModel, ModelDirectory, Route } from './route.types.ts';

const firstScanWaitMs = 2000;

export interface ModelDirectoryOptions {
  readonly settings: () => Settings;
  readonly snapshot: () => ServersSnapshot;
  /** Resolves once every server was asked for the first time. */
  readonly firstScan: Promise<void>;
}

/** One server with its models, ready to be looked up. */
interface Shelf {
  readonly server: KnownServer;
  readonly models: readonly CatalogueModel[];
  readonly byName: ReadonlyMap<string, CatalogueModel>;
}

interface Index {
  readonly settings: Settings;
  readonly snapshot: ServersSnapshot;
  readonly shelves: ReadonlyMap<string, Shelf>;
  readonly aliases: ReadonlyMap<string, AliasSettings>;
}

/** Null: the name means nothing here, as far as is known now. */
type Found =
  | {
      readonly kind: 'route';
      readonly shelf: Shelf;
      readonly model: CatalogueModel;
      readonly alias: AliasSettings | null;
      /** The alias that was named and fell back on this at once, since its own server is not there. */
      readonly instead?: {
        readonly of: AliasSettings;
        readonly sharedWith: readonly string[];
        readonly fallback: readonly string[];
        readonly why: readonly string[];
      };
    }
  | { readonly kind: 'error'; readonly error: ConversationError }
  | null;

/** Says which model a name means, by the order of product.md, over what is known at the moment of asking. */
export function createModelDirectory(options: ModelDirectoryOptions): ModelDirectory {
  let known: Index | null = null;
  let scanned = false;
  void options.firstScan.then(() => {
    scanned = true;
  });

  function index(): Index {
    const settings = options.settings();
    const snapshot = options.snapshot();
    if (known?.settings === settings && known.snapshot === snapshot) return known;
    known = {
      settings,
      snapshot,
      shelves: new Map(snapshot.servers.map((server) => [server.target.id, shelfOf(server)])),
      aliases: new Map(settings.models.map((alias) => [alias.id, alias])),
    };
    return known;
  }

  async function find(name: string, own: Slots = {}): Promise<Exclude<Found, null>> {
    const now = (): Found => resolve(index(), { ...index().settings.slots, ...own }, name);
    let found = now();
    const unasked = found?.kind !== 'route' || found.shelf.server.inspection === null;
    if (!scanned && unasked) {
      await within(options.firstScan, firstScanWaitMs);
      found = now();
    }
    return found ?? { kind: 'error', error: unknownModel(index(), name) };
  }

  return {
    async route(name, own) {
      const found = await find(name, own);
      return found.kind === 'error'
        ? { ok: false, error: found.error }
        : { ok: true, route: routeWithFallbacks(index(), found) };
    },
    async describe(name) {
      const found = await find(name);
      if (found.kind === 'error') return { ok: false, error: found.error };
      const { shelf, model, alias, instead } = found;
      return { ok: true, model: listing((instead?.of ?? alias)?.id ?? model.id, shelf, model) };
    },
    list: () => listed(index()),
  };
}

async function within(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, limit]);
  clearTimeout(timer);
}

function shelfOf(server: KnownServer): Shelf {
  const models = modelsOf(server);
  const byName = new Map<string, CatalogueModel>();
  for (const model of models) for (const other of model.otherNames) byName.set(other, model);
  for (const model of models) byName.set(model.name, model);
  return { server, models, byName };
}

function resolve(index: Index, slots: Slots, name: string): Found {
  const plain = withoutClaudePrefix(name);
  return (
    modelOrAlias(index, name) ??
    (plain === null ? null : modelOrAlias(index, plain)) ??
    servedByAnthropic(index, name) ??
    slot(index, slots, name, name, new Set())
  );
}

function modelOrAlias(index: Index, name: string): Found {
  return direct(index, name) ?? alias(index, name);
}

function direct(index: Index, name: string): Found {
  const slash = name.indexOf('/');
  if (slash < 0) return null;
  const shelf = index.shelves.get(name.slice(0, slash)) ?? index.shelves.get(name.slice(0, slash).toLowerCase());
  return shelf === undefined ? null : onShelf(shelf, name.slice(slash + 1), null);
}

function alias(index: Index, name: string): Found {
  const settings = index.aliases.get(name) ?? index.aliases.get(name.toLowerCase());
  if (settings === undefined) return null;
  const found = standsFor(index, name, settings);
  // A server that is not there is one that can't be reached.
  if (found?.kind !== 'error' || index.shelves.get(settings.upstream)?.server.enabled === true) return found;
  const why = [found.error.message];
  const others = [...settings.sharedWith, ...settings.fallback];
  for (const [at, other] of others.entries()) {
    const next = fallback(index, other);
    if (next.kind === 'route') {
      const fallbackFrom = Math.max(at + 1 - settings.sharedWith.length, 0);
      const left = { sharedWith: settings.sharedWith.slice(at + 1), fallback: settings.fallback.slice(fallbackFrom) };
      return { ...next, instead: { of: settings, ...left, why } };
    }
    why.push(next.error.message);
  }
  return found;
}

/** What one entry of `fallback` means: a model, or an alias without its own fallback. */
function fallback(index: Index, name: string): Exclude<Found, null> {
  const settings = index.aliases.get(name) ?? index.aliases.get(name.toLowerCase());
  const found = direct(index, name) ?? (settings === undefined ? null : standsFor(index, name, settings));
  // Not with the nearest names: they are looked for among all aliases, and this is asked of each.
  return found ?? { kind: 'error', error: { kind: 'unknown-model', message: `model: ${name} is not known here.` } };
}

function standsFor(index: Index, name: string, settings: AliasSettings): Found {
  const shelf = index.shelves.get(settings.upstream);
  if (shelf !== undefined) {
    const found = onShelf(shelf, settings.model, settings);
    if (found !== null) return found;
  }
  const why =
    shelf === undefined ? `there is no upstream ${settings.upstream}` : `${settings.upstream} has no such model`;
  const message = `model: ${name} stands for ${settings.upstream}/${settings.model}, but ${why}.`;
  return { kind: 'error', error: { kind: 'unknown-model', message, param: 'model' } };
}

/** Claude's own names mean Anthropic's models where a real Anthropic upstream serves them, and slots elsewhere. */
function servedByAnthropic(index: Index, name: string): Found {
  for (const shelf of index.shelves.values()) {
    const model = shelf.byName.get(name);
    if (shelf.server.target.kind.id !== 'anthropic' || !shelf.server.enabled || model === undefined) continue;
    return { kind: 'route', shelf, model, alias: null };
  }
  return null;
}

/** `asked` is the name that the client sent; a slot may name another slot. */
function slot(index: Index, slots: Slots, asked: string, name: string, seen: Set<string>): Found {
  const slotName = slotOf(withoutClaudePrefix(name) ?? name);
  if (slotName === null) return null;
  const target = slots[slotName] ?? slots.default;
  if (target === undefined) return null;
  if (seen.has(target)) {
    const message = `model: ${asked} leads nowhere: the slots ${[...seen].join(', ')} point at each other.`;
    return { kind: 'error', error: { kind: 'unknown-model', message, param: 'model' } };
  }
  seen.add(target);
  const found = modelOrAlias(index, target) ?? slot(index, slots, asked, target, seen);
  if (found !== null) return found;
  const message = `model: ${asked} means the slot ${slots[slotName] === undefined ? 'default' : slotName}, whose model ${target} is not known here.${suggestions(index, target)}`;
  return { kind: 'error', error: { kind: 'unknown-model', message, param: 'model' } };
}

function onShelf(shelf: Shelf, name: string, alias: AliasSettings | null): Found {
  const { server } = shelf;
  if (!server.enabled) {
    const message = `model: ${server.target.id}/${name} can't be used: its upstream is disabled in the settings.`;
    return { kind: 'error', error: { kind: 'unknown-model', message, param: 'model' } };
  }
  const model = shelf.byName.get(name) ?? inAnyCase(shelf, name);
  if (model !== null) return { kind: 'route', shelf, model, alias };
  // The server itself says whether it has the model, where its list could not be read or may have changed since.
  if (name === '' || (server.inspection?.listKnown === true && server.inspection.state === 'up')) return null;
  return { kind: 'route', shelf, model: fromSettings(server.target.id, name, undefined), alias };
}

/** Upper and lower case don't matter where only one model can be meant. */
function inAnyCase(shelf: Shelf, name: string): CatalogueModel | null {
  const lower = name.toLowerCase();
  const same = new Set([...shelf.byName].filter(([known]) => known.toLowerCase() === lower).map(([, model]) => model));
  const [only] = same;
  return same.size === 1 && only !== undefined ? only : null;
}

/** The route of what was found, with those that it can fall back on. A fallback has the named alias's defaults unless it is an alias itself. */
function routeWithFallbacks(index: Index, found: Extract<Found, { kind: 'route' }>): Route {
  const { shelf, model, alias, instead } = found;
  const named = instead?.of ?? alias;
  const route = routeTo(shelf, model, alias, named);
  /** `own`: whose settings hold for a model that is no alias itself. */
  const others = (names: readonly string[], own: AliasSettings | null): readonly Fallback[] =>
    names.map((name) => {
      const next = fallback(index, name);
      if (next.kind === 'error') return { name, result: { ok: false, error: next.error } };
      return { name, result: { ok: true, route: routeTo(next.shelf, next.model, next.alias ?? own, named) } };
    });
  const peers = others(instead?.sharedWith ?? alias?.sharedWith ?? [], named);
  const fallbacks = others(instead?.fallback ?? alias?.fallback ?? [], null);
  return {
    ...route,
    ...(peers.length > 0 && { peers }),
    ...(fallbacks.length > 0 && { fallbacks }),
    ...(instead !== undefined && { passedOver: instead.why }),
  };
}

/** @param named the alias that was asked for, where `alias` is one that it falls back on */
function routeTo(shelf: Shelf, model: CatalogueModel, alias: AliasSettings | null, named = alias): Route {
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

function listed(index: Index): readonly ListedModel[] {
  const callable = [...index.shelves.values()].filter(
    ({ server }) => server.enabled && server.inspection?.state !== 'down',
  );
  const models = callable.flatMap((shelf) => shelf.models.map((model) => listing(model.id, shelf, model)));
  const aliases = [...index.aliases.values()].map((settings) => {
    const found = alias(index, settings.id);
    if (found?.kind === 'route') return listing(settings.id, found.shelf, found.model);
    const modelId = `${settings.upstream}/${settings.model}`;
    return { id: settings.id, modelId, displayName: settings.id, ownedBy: settings.upstream, ...nothingKnown };
  });
  return [...aliases, ...models];
}

const nothingKnown = { contextWindow: null, maxOutputTokens: null, vision: null, reasoning: null, tools: null };

function listing(id: string, shelf: Shelf, model: CatalogueModel): ListedModel {
  return {
    id,
    modelId: model.id,
    displayName: id === model.id ? `${model.name} (${shelf.server.target.id})` : id,
    ownedBy: shelf.server.target.id,
    contextWindow: model.contextWindow.inForce,
    maxOutputTokens: model.maxOutputTokens,
    vision: model.capabilities.vision,
    reasoning: model.capabilities.reasoning,
    tools: model.capabilities.tools,
  };
}

function suggestions(index: Index, name: string): string {
  const nearest = nearestIds(name, [...new Set(listed(index).map((model) => model.id))], 3);
  return nearest.length === 0 ? ' No model is known: no model server was found.' : ` Nearest: ${nearest.join(', ')}.`;
}

function unknownModel(index: Index, name: string): ConversationError {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return {
    kind: 'unknown-model',
    message: `model: ${shown} is not known here.${suggestions(index, withoutClaudePrefix(name) ?? name)}`,
    param: 'model',
  };
}
