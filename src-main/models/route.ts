import type { AliasSettings, Settings, Slots } from '../../src-shared/settings.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import type { ServersSnapshot } from '../upstreams/detection.ts';
import { type CatalogueModel, fromSettings } from './catalogue.ts';
import { nearestIds, slotOf, withoutClaudePrefix } from './model-names.ts';
import type { Fallback, ListedModel, ModelDirectory, Route } from './route.types.ts';
import { routeTo } from './route-to.ts';
import { type Shelf, shelfOf } from './shelf.ts';

const firstScanWaitMs = 2000;

export interface ModelDirectoryOptions {
  readonly settings: () => Settings;
  readonly snapshot: () => ServersSnapshot;
  /** Resolves once every server was asked for the first time. */
  readonly firstScan: Promise<void>;
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
