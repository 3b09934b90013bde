import { CSPProvider } from '@base-ui/react/csp-provider';
import { useCallback, useDeferredValue, useEffect, useRef, useState } from 'react';
import type { AgentEntry, AgentId } from '../src-shared/agents.ts';
import type { ModelsReport } from '../src-shared/catalogue.ts';
import type { KeyInfo } from '../src-shared/control.ts';
import type { Theme } from '../src-shared/settings.ts';
import { ActivityIcon, AgentsIcon, ModelsIcon, SettingsIcon } from './components/icons.tsx';
import { Notice } from './components/notice.tsx';
import { type Place, Sidebar } from './components/sidebar.tsx';
import { type BarProblem, StatusBar } from './components/status-bar.tsx';
import { UpdateNotice } from './components/update-notice.tsx';
import { type Control, isDesktopWindow, moveTo, type Shell } from './control.ts';
import { ActivityScreen } from './screens/activity/activity-screen.tsx';
import { AgentsScreen } from './screens/agents/agents-screen.tsx';
import { ModelsScreen } from './screens/models/models-screen.tsx';
import { type SectionId, SettingsScreen, type Status } from './screens/settings/settings-screen.tsx';
import { StartScreen } from './screens/start/start-screen.tsx';
import { type Activity, useActivity } from './use-activity.ts';
import { follow, useFollowed } from './use-followed.ts';
import { usePolled } from './use-polled.ts';

type PlaceId = 'models' | 'agents' | 'activity' | 'settings';
const noKeys: readonly KeyInfo[] = [];
const placeIds: readonly PlaceId[] = ['models', 'agents', 'activity', 'settings'];

/**
 * The window: places at the left, one screen, and a status bar that never leaves. `control` is null where the page was opened without its token,
 * `shell` in a browser.
 */
export function App({ control, shell }: { readonly control: Control | null; readonly shell: Shell | null }) {
  if (control === null) return <WithoutToken />;
  return shell === null ? <Connected control={control} shell={null} /> : <InShell control={control} shell={shell} />;
}

/** In the desktop app the window may be there before the service is, and tells what keeps it from starting. */
function InShell({ control, shell }: { readonly control: Control; readonly shell: Shell }) {
  const start = useFollowed(useCallback((signal: AbortSignal) => shell.start(undefined, { signal }), [shell]));
  if (start === null || start.kind === 'starting' || start.kind === 'running')
    return <Connected control={control} shell={shell} />;
  return <StartScreen shell={shell} state={start} />;
}

function Connected({ control, shell }: { readonly control: Control; readonly shell: Shell | null }) {
  const [place, setPlace] = useState<PlaceId>('models');
  const [section, setSection] = useState<SectionId | null>(null);
  const [wanted, setWanted] = useState<{ readonly agent: AgentId; readonly model: string } | null>(null);
  // The place answers at once, also where its screen has much to draw.
  const screen = useDeferredValue(place);
  const models = usePolled(useCallback((refresh: boolean) => control.models.report({ refresh }), [control]));
  // Apart from the models: the keychain, whose state it tells, may be slow to answer.
  const status = usePolled(useCallback(() => control.status(), [control]));
  const agents = usePolled(useCallback((refresh: boolean) => control.agents.list({ refresh }), [control]));
  const activity = useActivity(control);
  const settings = useFollowed(
    useCallback((signal: AbortSignal) => control.settings.subscribe(undefined, { signal }), [control]),
  );
  useTheme(settings?.values.desktop.theme ?? null);
  useMovedGateway(settings?.listening?.url ?? null);
  const connected = models.failure === null;
  const go = useCallback((to: PlaceId) => {
    setSection(null);
    setWanted(null);
    setPlace(to);
  }, []);
  useGoByDigit(go);
  useAskedPlaces(shell, go);
  const setUp = (agent: AgentId, model: string) => {
    go('agents');
    setWanted({ agent, model });
  };
  const goToSettings = (to: SectionId | null) => {
    setSection(to);
    setPlace('settings');
  };

  const refresh = () => {
    models.askNow();
    status.askNow();
  };
  const pause = (paused: boolean) => {
    // What it came to is told by the activity's next batch; a service that is away by the status bar.
    (paused ? control.gateway.pause() : control.gateway.resume()).catch(models.askNow);
  };
  return (
    <CSPProvider disableStyleElements>
      <div className="flex h-full flex-col">
        <div className="flex min-h-0 flex-1 max-sm:flex-col">
          <Sidebar places={placesOf(models.answer, agents.answer, activity)} current={place} onGo={go} />
          <div className="relative flex min-h-0 min-w-0 flex-1 flex-col">
            {screen === 'models' ? (
              <ModelsScreen
                control={control}
                models={models}
                settings={settings ?? status.answer?.settings ?? null}
                looking={settings?.values.detection.enabled ?? true}
                keys={settings?.keys ?? noKeys}
                use={{ agents: agents.answer, onSetUp: setUp, onChanged: agents.askAgain }}
                onRefresh={refresh}
              />
            ) : screen === 'agents' ? (
              <AgentsScreen control={control} shell={shell} agents={agents} report={models.answer} wanted={wanted} />
            ) : screen === 'settings' ? (
              <SettingsScreen
                control={control}
                shell={shell}
                view={settings}
                status={status.answer}
                failure={models.failure}
                running={activity.overview?.running ?? 0}
                opensAt={section}
              />
            ) : (
              <ActivityScreen
                control={control}
                activity={activity}
                failure={models.failure}
                baseUrl={models.answer?.gateway.url ?? null}
              />
            )}
          </div>
        </div>
        <UpdateNotice control={control} />
        <StatusBar
          gateway={models.answer?.gateway ?? null}
          overview={activity.overview}
          connected={connected}
          version={status.answer?.version ?? null}
          problems={barProblems(
            settings?.problems.length ?? 0,
            settings?.listening?.trouble != null,
            status.answer?.keychain ?? null,
          )}
          onProblem={goToSettings}
          onPause={pause}
        />
      </div>
    </CSPProvider>
  );
}

function placesOf(
  report: ModelsReport | null,
  agents: readonly AgentEntry[] | null,
  { overview }: Activity,
): readonly Place<PlaceId>[] {
  const models = report?.servers.reduce((count, server) => count + server.models.length, 0) ?? null;
  const running = overview?.running ?? 0;
  const installed = agents?.filter((agent) => agent.installed || agent.state !== 'not-set-up') ?? [];
  const setUp = installed.filter(({ state }) => state !== 'not-set-up').length;
  return [
    {
      id: 'models',
      name: 'Models',
      icon: <ModelsIcon />,
      count: models === null ? null : String(models),
      countWords: models === null ? null : `${models} ${models === 1 ? 'model' : 'models'}`,
    },
    {
      id: 'agents',
      name: 'Agents',
      icon: <AgentsIcon />,
      count: installed.length === 0 ? null : `${setUp}/${installed.length}`,
      countWords: installed.length === 0 ? null : `${setUp} of ${installed.length} set up`,
    },
    {
      id: 'activity',
      name: 'Activity',
      icon: <ActivityIcon />,
      count: running === 0 ? null : `● ${running}`,
      countWords: running === 0 ? null : `${running} running`,
    },
    { id: 'settings', name: 'Settings', icon: <SettingsIcon />, count: null, countWords: null },
  ];
}

/** Ctrl or ⌘ with the digit of a place goes there. */
function useGoByDigit(go: (place: PlaceId) => void): void {
  useEffect(() => {
    const goByDigit = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      const place = placeIds[Number(event.key) - 1];
      if (place === undefined) return;
      event.preventDefault();
      go(place);
    };
    document.addEventListener('keydown', goByDigit);
    return () => document.removeEventListener('keydown', goByDigit);
  }, [go]);
}

/** The tray leads to places, too. */
function useAskedPlaces(shell: Shell | null, go: (place: PlaceId) => void): void {
  useEffect(() => {
    if (shell === null) return;
    const abort = new AbortController();
    void follow((signal) => shell.places(undefined, { signal }), go, abort.signal);
    return () => abort.abort();
  }, [shell, go]);
}

/** The theme of the settings; before they are known, and with "system", that of the system. */
function useTheme(theme: Theme | null): void {
  useEffect(() => {
    if (theme === null) return;
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
}

/** In a browser the page lives at the gateway's address: where that changes, the page goes with it. */
function useMovedGateway(url: string | null): void {
  const known = useRef<string | null>(null);
  useEffect(() => {
    if (url === null) return;
    if (known.current !== null && known.current !== url && !isDesktopWindow()) moveTo(url);
    known.current = url;
  }, [url]);
}

/** What the status bar says until it is mended, and where in the settings one reads on. */
function barProblems(
  settingsProblems: number,
  notMoved: boolean,
  keychain: Status['keychain'] | null,
): readonly BarProblem<SectionId | null>[] {
  return [
    ...(settingsProblems === 0 ? [] : [{ words: 'Settings file broken', leadsTo: null }]),
    ...(notMoved ? [{ words: 'Address not available', leadsTo: 'gateway' as const }] : []),
    ...(keychain?.state === 'locked' ? [{ words: 'Keychain locked', leadsTo: 'keys' as const }] : []),
    ...(keychain?.state === 'refused' ? [{ words: 'Keychain refused', leadsTo: 'keys' as const }] : []),
  ];
}

function WithoutToken() {
  return (
    <main className="mx-auto max-w-xl p-8">
      <h1 className="mb-4 text-base font-semibold">Dragoman</h1>
      <Notice
        what="This page was opened without its token."
        remedy="Open the link that `dragoman serve` printed when it started. It ends in `#token=…`."
      />
    </main>
  );
}
