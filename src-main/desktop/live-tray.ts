import { type AgentId, type AgentInUse, agentIds } from '../../src-shared/agents.ts';
import type { ModelsReport } from '../../src-shared/catalogue.ts';
import type { Settings } from '../../src-shared/settings.ts';
import { localControl } from '../control/client.ts';
import { watchAgentsInUse } from '../control/watch-agents.ts';
import type { Service } from '../service.ts';
import { createTray } from './tray.ts';
import { buildTrayMenu, type TrayAct, type TrayState } from './tray-menu.ts';

export interface LiveTrayOptions {
  /** Folder of the icons. */
  readonly assets: string;
  /** Of settings and state; absolute. */
  readonly home: string;
  readonly act: (act: TrayAct) => void;
  readonly report: (message: string) => void;
}

export interface LiveTray {
  /** From now on it tells what this service does. */
  follow(service: Service): void;
  destroy(): void;
}

const unstarted: TrayState = {
  gateway: null,
  inFlight: 0,
  report: null,
  loads: [],
  agents: [],
  localOnly: new Set(),
  settingsProblems: 0,
  paused: null,
  openAtLogin: false,
};

/** The tray, kept true: it changes with the requests in flight, the servers found and the settings. */
export function createLiveTray({ assets, home, act, report }: LiveTrayOptions): LiveTray {
  const tray = createTray(assets, buildTrayMenu(unstarted), act);
  let destroyed = false;
  let stopWatching: () => void = () => undefined;

  return {
    follow(service) {
      const { settings, detection, gatewaySwitch, loader } = service.parts;
      const control = localControl(service.parts);
      let models: ModelsReport | null = null;
      let agents: readonly AgentInUse[] = [];

      const show = (): void => {
        if (destroyed) return;
        tray.update(
          buildTrayMenu({
            gateway: service.url(),
            inFlight: service.inFlight(),
            report: models,
            loads: loader.loads(),
            agents,
            localOnly: keptHere(settings.current()),
            settingsProblems: settings.problems().length,
            paused: gatewaySwitch.paused(),
            openAtLogin: settings.current().desktop.openAtLogin,
          }),
        );
      };
      const ask = (): void => {
        control.models.report({ refresh: false }).then(
          (answer) => {
            models = answer;
            show();
          },
          (error: unknown) => report(`the tray could not learn the models: ${String(error)}`),
        );
      };
      const askAgents = (): void => {
        control.agents.inUse().then(
          (answer) => {
            agents = answer;
            show();
          },
          (error: unknown) => report(`the tray could not learn the agents in use: ${String(error)}`),
        );
      };
      service.onInFlight(show);
      service.onRebind(show);
      gatewaySwitch.onChange(show);
      settings.subscribe(ask);
      detection.subscribe(ask);
      loader.subscribe(show);
      loader.subscribe(ask);
      stopWatching = watchAgentsInUse(home, askAgents, (error) =>
        report(`the tray no longer hears of agents: ${error.message}`),
      );
      show();
      ask();
      askAgents();
    },
    destroy() {
      destroyed = true;
      stopWatching();
      tray.destroy();
    },
  };
}

/** The agents whose own keys are `localOnly`; the newest of an agent's is the one in use. */
function keptHere({ keys }: Settings): ReadonlySet<AgentId> {
  const inUse = (id: AgentId) => keys.findLast(({ agent, expiresAt }) => agent === id && expiresAt === null);
  return new Set(agentIds.filter((id) => inUse(id)?.localOnly === true));
}
