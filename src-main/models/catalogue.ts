import type {
  Capabilities,
  ContextWindow,
  LoadingState,
  ModelEntry,
  ModelsReport,
  ServerEntry,
  ServerState,
} from '../../src-shared/catalogue.ts';
import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import type { Settings, UpstreamSettings } from '../../src-shared/settings.ts';
import type { KnownServer, ServersSnapshot } from '../upstreams/detection.ts';
import { unknownCapabilities, unknownContext } from '../upstreams/inspection.ts';

type ModelSettings = UpstreamSettings['models'][string];

/** One model of one server: what the server says of it, overruled by the user. */
export interface CatalogueModel {
  /** `<upstream>/<model>`. */
  readonly id: string;
  readonly name: string;
  readonly otherNames: readonly string[];
  readonly loaded: boolean | null;
  /** Only where its server loads it on demand. */
  readonly loading?: LoadingState;
  /** False: its server refuses requests for it while it is not loaded. */
  readonly loadsOnRequest?: false;
  /** Its server hands its requests on to another machine. */
  readonly runsElsewhere?: true;
  readonly contextWindow: ContextWindow;
  /** The context window that the user wants of it, where that is not what its server states; tokens, no more than the model was trained for. */
  readonly wantedContext?: number;
  readonly maxOutputTokens: number | null;
  /** Slots of its server, each of which keeps one conversation's prompt. */
  readonly slots?: number;
  readonly capabilities: Capabilities;
  /** What the server states and then what the user says; the kind's own flags are not in it. */
  readonly flags: Partial<CompatFlags>;
}

/** Drops keys without a value, so that a spread of the rest overrules only what is meant. */
function present(flags: ModelSettings['flags'] | undefined): Partial<CompatFlags> {
  return Object.fromEntries(Object.entries(flags ?? {}).filter(([, value]) => value !== undefined));
}

/** The models of a server: those it lists, and those that the user's settings name. */
export function modelsOf(server: KnownServer): readonly CatalogueModel[] {
  const { id: upstream } = server.target;
  const named = server.settings?.models ?? {};
  const listed = server.inspection?.models ?? [];
  const used = new Set<string>();
  const settingsFor = (names: readonly string[]): ModelSettings | undefined => {
    const key = names.find((name) => Object.hasOwn(named, name));
    if (key !== undefined) used.add(key);
    return key === undefined ? undefined : named[key];
  };
  const described = listed.map((model): CatalogueModel => {
    const settings = settingsFor([model.name, ...model.otherNames]);
    return {
      id: `${upstream}/${model.name}`,
      name: model.name,
      otherNames: model.otherNames,
      loaded: model.loaded,
      ...(model.loading !== undefined && { loading: model.loading }),
      ...(model.loadsOnRequest === false && { loadsOnRequest: false }),
      ...(model.runsElsewhere === true && { runsElsewhere: true }),
      contextWindow: contextOf(model.contextWindow, settings),
      ...wantedContext(model.contextWindow, settings),
      maxOutputTokens: settings?.maxOutputTokens ?? model.maxOutputTokens ?? null,
      ...(model.slots !== undefined && { slots: model.slots }),
      capabilities: withVision(model.capabilities, settings),
      flags: { ...model.flags, ...present(settings?.flags) },
    };
  });
  const unlisted = Object.entries(named).filter(([name]) => !used.has(name));
  return [...described, ...unlisted.map(([name, settings]) => fromSettings(upstream, name, settings))];
}

/** A model of which only its name, and what the settings say, is known. */
export function fromSettings(upstream: string, name: string, settings: ModelSettings | undefined): CatalogueModel {
  return {
    id: `${upstream}/${name}`,
    name,
    otherNames: [],
    loaded: null,
    contextWindow: contextOf(unknownContext, settings),
    maxOutputTokens: settings?.maxOutputTokens ?? null,
    capabilities: withVision(unknownCapabilities, settings),
    flags: present(settings?.flags),
  };
}

function contextOf(stated: ContextWindow, settings: ModelSettings | undefined): ContextWindow {
  if (settings?.contextWindow === undefined) return stated;
  return { inForce: settings.contextWindow, maximum: stated.maximum, source: 'settings' };
}

function wantedContext(
  { inForce, maximum }: ContextWindow,
  settings: ModelSettings | undefined,
): Pick<CatalogueModel, 'wantedContext'> {
  if (settings?.contextWindow === undefined) return {};
  const wanted = Math.min(settings.contextWindow, maximum ?? settings.contextWindow);
  return wanted === inForce ? {} : { wantedContext: wanted };
}

function withVision(stated: Capabilities, settings: ModelSettings | undefined): Capabilities {
  const vision = settings?.flags.vision;
  return vision === undefined ? stated : { ...stated, vision };
}

function stateOf(server: KnownServer): { readonly state: ServerState; readonly message: string | null } {
  if (!server.enabled) return { state: 'down', message: 'It is disabled in the settings.' };
  if (server.inspection === null) return { state: 'down', message: 'It was not asked yet.' };
  return server.inspection;
}

function serverEntry(server: KnownServer, underWay: LoadingUnderWay): ServerEntry {
  const { state, message } = stateOf(server);
  return {
    id: server.target.id,
    kind: server.target.kind.id,
    baseUrl: server.baseUrl,
    found: server.found,
    state,
    version: server.inspection?.version ?? null,
    message,
    models: modelsOf(server).map(
      (model): ModelEntry => ({
        id: model.id,
        upstreamModel: model.name,
        loaded: model.loaded,
        ...loadingOf(model, underWay),
        contextWindow: model.contextWindow,
        capabilities: model.capabilities,
      }),
    ),
  };
}

/** What is under way is told of any model, also of one that its server can't be told to load. */
function loadingOf({ id, loading }: CatalogueModel, underWay: LoadingUnderWay): Pick<ModelEntry, 'loading'> {
  const now = underWay.get(id) ?? loading;
  return now === undefined ? {} : { loading: now };
}

/** By model id, what is being loaded or unloaded because it was asked for here. */
type LoadingUnderWay = ReadonlyMap<string, LoadingState>;

/** What `dragoman models --json` prints (product.md) and the window shows. */
export function modelsReport(
  snapshot: ServersSnapshot,
  settings: Settings,
  gatewayUrl: string | null,
  underWay: LoadingUnderWay = new Map(),
): ModelsReport {
  return {
    gateway: { running: gatewayUrl !== null, url: gatewayUrl },
    servers: snapshot.servers.map((server) => serverEntry(server, underWay)),
    aliases: settings.models.map(({ id, upstream, model, fallback, sharedWith, localOnly }) => ({
      id,
      target: `${upstream}/${model}`,
      ...(fallback.length > 0 && { fallback }),
      ...(sharedWith.length > 0 && { sharedWith }),
      ...(localOnly && { localOnly }),
    })),
    slots: Object.fromEntries(Object.entries(settings.slots).filter(([, target]) => target !== undefined)),
  };
}
