import { useCallback } from 'react';
import { Notice } from './components/notice.tsx';
import { StatusBar } from './components/status-bar.tsx';
import type { Control } from './control.ts';
import { ModelsScreen } from './screens/models/models-screen.tsx';
import { usePolled } from './use-polled.ts';

/** The window: one screen above a status bar that never leaves. `control` is null where the page was opened without its token. */
export function App({ control }: { readonly control: Control | null }) {
  return control === null ? <WithoutToken /> : <Connected control={control} />;
}

function Connected({ control }: { readonly control: Control }) {
  const models = usePolled(useCallback((refresh: boolean) => control.models.report({ refresh }), [control]));
  // Apart from the models: the keychain, whose state it tells, may be slow to answer.
  const status = usePolled(useCallback(() => control.status(), [control]));
  const refresh = () => {
    models.askNow();
    status.askNow();
  };
  return (
    <div className="flex h-full flex-col">
      <ModelsScreen models={models} settings={status.answer?.settings ?? null} onRefresh={refresh} />
      <StatusBar
        gateway={models.answer?.gateway ?? null}
        connected={models.failure === null}
        version={status.answer?.version ?? null}
      />
    </div>
  );
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
