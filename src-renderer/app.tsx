import { CSPProvider } from '@base-ui/react/csp-provider';
import { useCallback, useDeferredValue, useEffect, useState } from 'react';
import type { ModelsReport } from '../src-shared/catalogue.ts';
import { ActivityIcon, ModelsIcon } from './components/icons.tsx';
import { Notice } from './components/notice.tsx';
import { type Place, Sidebar } from './components/sidebar.tsx';
import { StatusBar } from './components/status-bar.tsx';
import { UpdateNotice } from './components/update-notice.tsx';
import type { Control } from './control.ts';
import { ActivityScreen } from './screens/activity/activity-screen.tsx';
import { ModelsScreen } from './screens/models/models-screen.tsx';
import { type Activity, useActivity } from './use-activity.ts';
import { usePolled } from './use-polled.ts';

type PlaceId = 'models' | 'activity';
const placeIds: readonly PlaceId[] = ['models', 'activity'];

/** The window: places at the left, one screen, and a status bar that never leaves. `control` is null where the page was opened without its token. */
export function App({ control }: { readonly control: Control | null }) {
  return control === null ? <WithoutToken /> : <Connected control={control} />;
}

function Connected({ control }: { readonly control: Control }) {
  const [place, setPlace] = useState<PlaceId>('models');
  // The place answers at once, also where its screen has much to draw.
  const screen = useDeferredValue(place);
  const models = usePolled(useCallback((refresh: boolean) => control.models.report({ refresh }), [control]));
  // Apart from the models: the keychain, whose state it tells, may be slow to answer.
  const status = usePolled(useCallback(() => control.status(), [control]));
  const activity = useActivity(control);
  const connected = models.failure === null;
  useGoByDigit(setPlace);

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
          <Sidebar places={placesOf(models.answer, activity)} current={place} onGo={setPlace} />
          <div className="relative flex min-h-0 min-w-0 flex-1 flex-col">
            {screen === 'models' ? (
              <ModelsScreen
                control={control}
                models={models}
                settings={status.answer?.settings ?? null}
                onRefresh={refresh}
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
          onPause={pause}
        />
      </div>
    </CSPProvider>
  );
}

function placesOf(report: ModelsReport | null, { overview }: Activity): readonly Place<PlaceId>[] {
  const models = report?.servers.reduce((count, server) => count + server.models.length, 0) ?? null;
  const running = overview?.running ?? 0;
  return [
    {
      id: 'models',
      name: 'Models',
      icon: <ModelsIcon />,
      count: models === null ? null : String(models),
      countWords: models === null ? null : `${models} ${models === 1 ? 'model' : 'models'}`,
    },
    {
      id: 'activity',
      name: 'Activity',
      icon: <ActivityIcon />,
      count: running === 0 ? null : `● ${running}`,
      countWords: running === 0 ? null : `${running} running`,
    },
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
