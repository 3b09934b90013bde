import type { ModelsReport } from '../../src-shared/catalogue.ts';
import { localControl } from '../control/client.ts';
import type { Service } from '../service.ts';
import { createTray } from './tray.ts';
import { buildTrayMenu, type TrayAct, type TrayState } from './tray-menu.ts';

export interface LiveTrayOptions {
  /** Folder of the icons. */
  readonly assets: string;
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
  settingsProblems: 0,
  paused: null,
  openAtLogin: false,
};

/** The tray, kept true: it changes with the requests in flight, the servers found and the settings. */
export function createLiveTray({ assets, act, report }: LiveTrayOptions): LiveTray {
  const tray = createTray(assets, buildTrayMenu(unstarted), act);
  let destroyed = false;

  return {
    follow(service) {
      const { settings, detection, gatewaySwitch, loader } = service.parts;
      const control = localControl(service.parts);
      let models: ModelsReport | null = null;

      const show = (): void => {
        if (destroyed) return;
        tray.update(
          buildTrayMenu({
            gateway: service.url(),
            inFlight: service.inFlight(),
            report: models,
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
      service.onInFlight(show);
      service.onRebind(show);
      gatewaySwitch.onChange(show);
      settings.subscribe(ask);
      detection.subscribe(ask);
      loader.subscribe(ask);
      show();
      ask();
    },
    destroy() {
      destroyed = true;
      tray.destroy();
    },
  };
}
