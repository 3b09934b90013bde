import type { AgentId, AgentInUse } from '../../src-shared/agents.ts';
import type { ModelEntry, ModelsReport } from '../../src-shared/catalogue.ts';
import type { ModelLoad } from '../../src-shared/model-loads.ts';

/** What the tray tells and offers at one moment. */
export interface TrayState {
  /** Base URL; null while the service does not listen. */
  readonly gateway: string | null;
  /** Requests of agents that are being answered. */
  readonly inFlight: number;
  readonly report: ModelsReport | null;
  /** What is being loaded and unloaded. */
  readonly loads: readonly ModelLoad[];
  readonly agents: readonly AgentInUse[];
  /** Those whose key lets requests go to models of this computer only. */
  readonly localOnly: ReadonlySet<AgentId>;
  /** How many things are wrong with the settings file. */
  readonly settingsProblems: number;
  /** null: the service does not run yet. */
  readonly paused: boolean | null;
  readonly openAtLogin: boolean;
}

export type TrayIcon = 'idle' | 'working' | 'problem';

/** What a click asks for. */
export type TrayAct =
  | { readonly kind: 'open' | 'open-agents' | 'copy-base-url' | 'quit' }
  | { readonly kind: 'use-agent-model'; readonly agent: AgentId; readonly model: string }
  | { readonly kind: 'switch-agent'; readonly agent: AgentId; readonly on: boolean }
  | { readonly kind: 'use-model'; readonly model: string }
  | { readonly kind: 'pause' | 'open-at-login'; readonly on: boolean };

/** One line of the menu, without Electron. */
export type TrayItem =
  | { readonly type: 'separator' }
  | { readonly type: 'label'; readonly label: string }
  | { readonly type: 'submenu'; readonly label: string; readonly items: readonly TrayItem[] }
  | {
      readonly type: 'normal' | 'radio' | 'checkbox';
      readonly label: string;
      readonly act: TrayAct;
      readonly checked?: boolean;
      readonly enabled?: boolean;
    };

export interface TrayView {
  readonly icon: TrayIcon;
  readonly tooltip: string;
  readonly items: readonly TrayItem[];
}

/** Longer menus can't be used; the rest is reached in the window. */
const mostModels = 40;

/** The whole tray as data. */
export function buildTrayMenu(state: TrayState): TrayView {
  const line = stateLine(state);
  const loads = loadLines(state);
  return {
    icon: iconOf(state),
    tooltip: [`Dragoman: ${line}`, ...loads].join('\n'),
    items: [
      { type: 'label', label: line },
      ...loads.map((label): TrayItem => ({ type: 'label', label })),
      { type: 'separator' },
      modelsInUse(state),
      { type: 'normal', label: 'Set up agents…', act: { kind: 'open-agents' }, enabled: state.gateway !== null },
      { type: 'normal', label: 'Copy base URL', act: { kind: 'copy-base-url' }, enabled: state.gateway !== null },
      { type: 'normal', label: 'Open Dragoman', act: { kind: 'open' } },
      { type: 'separator' },
      ...(state.paused === null ? [] : [pauseItem(state.paused)]),
      {
        type: 'checkbox',
        label: 'Start at login',
        checked: state.openAtLogin,
        // Settings that are broken can't be edited.
        enabled: state.settingsProblems === 0,
        act: { kind: 'open-at-login', on: !state.openAtLogin },
      },
      { type: 'separator' },
      { type: 'normal', label: 'Quit Dragoman', act: { kind: 'quit' } },
    ],
  };
}

function iconOf({ gateway, settingsProblems, paused, inFlight }: TrayState): TrayIcon {
  if (gateway === null || settingsProblems > 0 || paused === true) return 'problem';
  return inFlight > 0 ? 'working' : 'idle';
}

function stateLine({ gateway, settingsProblems, paused, inFlight }: TrayState): string {
  if (gateway === null) return 'Not running';
  if (settingsProblems > 0) return 'The settings file is broken: open Dragoman';
  if (paused === true) return inFlight === 0 ? 'Paused' : `Paused · ${requests(inFlight)} still running`;
  const address = gateway.replace(/^http:\/\//, '');
  return inFlight === 0 ? `Running · ${address}` : `Running · ${address} · ${requests(inFlight)}`;
}

const localMark = ' (this computer only)';
/** Longer menus can't be used; more than a few loads at once fit into no computer. */
const mostLoads = 4;

/** What is being loaded, and how far that is, where it is known: in steps, since an open menu is drawn anew with each. */
function loadLines({ loads, report }: TrayState): readonly string[] {
  const models = loads.map(({ model, doing, progress }) => {
    const share = progress === null ? '' : `: ${Math.floor(progress * 10) * 10} %`;
    return doing === 'loading' ? `Loading ${model}${share || '…'}` : `Unloading ${model}…`;
  });
  // A server that loads its one model as it starts tells no more than that.
  const servers = (report?.servers ?? []).filter(
    ({ id, state }) => state === 'loading' && !loads.some(({ model }) => model.startsWith(`${id}/`)),
  );
  return [...models, ...servers.map(({ id }) => `${id} is loading its model…`)].slice(0, mostLoads);
}

function requests(count: number): string {
  return count === 1 ? '1 request' : `${count} requests`;
}

function pauseItem(paused: boolean): TrayItem {
  return { type: 'checkbox', label: 'Pause gateway', checked: paused, act: { kind: 'pause', on: !paused } };
}

/** A submenu for each agent that is set up, or is switched off for a while; what no agent of ours asks is the `default` slot's. */
function modelsInUse({ report, agents, localOnly }: TrayState): TrayItem {
  const common = modelItems(report, report?.slots.default, (model) => ({ kind: 'use-model', model }));
  if (agents.length === 0) return { type: 'submenu', label: 'Model in use', items: common };
  const items = agents.map((agent): TrayItem => agentItem(agent, localOnly.has(agent.id), report));
  const others: TrayItem = { type: 'submenu', label: 'Everything else', items: common };
  return { type: 'submenu', label: 'Models in use', items: [...items, { type: 'separator' }, others] };
}

function agentItem(
  { id, label, slots, kept, drifted }: AgentInUse,
  isLocalOnly: boolean,
  report: ModelsReport | null,
): TrayItem {
  const model = slots.default;
  if (model === undefined) {
    const on: TrayItem = { type: 'normal', label: 'Switch on', act: { kind: 'switch-agent', agent: id, on: true } };
    const words = kept === null ? 'switched off' : `switched off, ${kept} is remembered`;
    return { type: 'submenu', label: `${label} (off)`, items: [{ type: 'label', label: words }, on] };
  }
  const review: readonly TrayItem[] = [
    { type: 'label', label: 'Changed outside Dragoman' },
    { type: 'normal', label: 'Review change…', act: { kind: 'open-agents' } },
  ];
  // A switch of the model writes our values anew: what someone else has changed is to be looked at first.
  const models = drifted
    ? review
    : modelItems(report, model, (chosen) => ({ kind: 'use-agent-model', agent: id, model: chosen }));
  return {
    type: 'submenu',
    label: isLocalOnly ? `${label}${localMark}` : label,
    items: [
      ...models,
      { type: 'separator' },
      {
        type: 'normal',
        label: 'Switch off, remember it',
        act: { kind: 'switch-agent', agent: id, on: false },
      },
    ],
  };
}

/** Every usable model and alias; the `chosen` one stands there also where it is not usable now. */
function modelItems(
  report: ModelsReport | null,
  chosen: string | undefined,
  use: (model: string) => TrayAct,
): readonly TrayItem[] {
  if (report === null) return [{ type: 'label', label: 'Looking for servers…' }];
  const aliases = report.aliases.map(({ id, localOnly }) => ({
    id,
    mark: localOnly === true ? localMark : '',
  }));
  const models = report.servers
    .filter(({ state }) => state === 'up')
    .flatMap((server) => server.models)
    .filter(({ capabilities }) => capabilities.embeddings !== true)
    .map((model) => ({ id: model.id, mark: memoryMark(model) }));
  const usable = [...aliases, ...models];
  const shown = usable.slice(0, mostModels);
  const missing =
    chosen === undefined || shown.some(({ id }) => id === chosen)
      ? []
      : [{ id: chosen, mark: usable.some(({ id }) => id === chosen) ? '' : ' (not reachable)' }];
  const items = [...missing, ...shown].map(
    ({ id, mark }): TrayItem => ({
      type: 'radio',
      label: `${id}${mark}`,
      checked: id === chosen,
      act: use(id),
    }),
  );
  if (items.length === 0) return [{ type: 'label', label: 'No model was found' }];
  const hidden = usable.length - shown.length;
  return hidden === 0 ? items : [...items, { type: 'normal', label: `${hidden} more…`, act: { kind: 'open' } }];
}

function memoryMark({ loaded, loading }: ModelEntry): string {
  if (loading === 'loading') return ' (loading…)';
  if (loading === 'unloading') return ' (unloading…)';
  return loaded === false ? ' (not loaded)' : '';
}
