import { useCallback, useEffect, useMemo, useState } from 'react';
import type { LoadingState, ModelEntry } from '../../../src-shared/catalogue.ts';
import type { ModelLoad } from '../../../src-shared/model-loads.ts';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';
import { useFollowed } from '../../use-followed.ts';

export interface ModelLoading {
  /** What is under way because it was asked for in this window, by model id. */
  readonly underWay: ReadonlyMap<string, LoadingState>;
  /** What the service tells is under way, for whomever, by model id. */
  readonly loads: ReadonlyMap<string, ModelLoad>;
  /** What went wrong the last time, by model id. */
  readonly failures: ReadonlyMap<string, ControlFailure>;
  /** Loads a model or frees it. */
  readonly start: (id: string, action: 'load' | 'unload') => void;
}

/** Loads and unloads models; `onChanged` resolves when the window knows what came of it. */
export function useModelLoading(control: Control, onChanged: () => Promise<void>): ModelLoading {
  const [underWay, setUnderWay] = useState<ReadonlyMap<string, LoadingState>>(new Map());
  const [failures, setFailures] = useState<ReadonlyMap<string, ControlFailure>>(new Map());
  const told = useFollowed(
    useCallback((signal: AbortSignal) => control.models.loads(undefined, { signal }), [control]),
  );
  const loads = useMemo(() => new Map((told ?? []).map((load) => [load.model, load])), [told]);
  // What begins or ends, requests among them, changes what the models are.
  const ids = [...loads.keys()].join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the ids are what to look at
  useEffect(() => {
    void onChanged();
  }, [ids, onChanged]);
  const start = useCallback(
    (id: string, action: 'load' | 'unload') => {
      setUnderWay((before) => new Map(before).set(id, action === 'load' ? 'loading' : 'unloading'));
      setFailures((before) => without(before, id));
      void control.models[action]({ model: id })
        .catch((cause: unknown) => {
          const failure = describeRefusal(action === 'load' ? 'It was not loaded.' : 'It was not unloaded.', cause);
          setFailures((before) => new Map(before).set(id, failure));
        })
        .then(onChanged)
        .finally(() => setUnderWay((before) => without(before, id)));
    },
    [control, onChanged],
  );
  return { underWay, loads, failures, start };
}

/** What a model is at, told by this window before the service tells it; null where it is at nothing and can't be told to load. */
export function loadingOf(
  { id, loading }: ModelEntry,
  { underWay, loads }: Pick<ModelLoading, 'underWay' | 'loads'>,
): LoadingState | null {
  return underWay.get(id) ?? loads.get(id)?.doing ?? loading ?? null;
}

function without<Value>(map: ReadonlyMap<string, Value>, key: string): ReadonlyMap<string, Value> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
