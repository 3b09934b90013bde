import { useEffect, useState } from 'react';
import type { ModelAdvice, StartAdvice } from '../../../src-shared/advice.ts';
import type { Control } from '../../control.ts';

/** What the service advises on a model; null until it is there. `loaded` and `context`: what a new answer depends on. */
export function useAdvice(
  control: Control,
  model: string,
  loaded: boolean | null,
  context: number | null,
): ModelAdvice | null {
  const [advice, setAdvice] = useState<ModelAdvice | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: loading a model and another context change what the service would say
  useEffect(() => {
    let isWanted = true;
    // What can't be had is left out: the panel has the facts all the same.
    control.models.advice({ model }).then(
      (answer) => {
        if (isWanted) setAdvice(answer);
      },
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [control, model, loaded, context]);
  return advice;
}

/** Which models to start with on this computer; null until it is known. */
export function useStartAdvice(control: Control): StartAdvice | null {
  const [advice, setAdvice] = useState<StartAdvice | null>(null);
  useEffect(() => {
    let isWanted = true;
    control.models.starters().then(
      (answer) => {
        if (isWanted) setAdvice(answer);
      },
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [control]);
  return advice;
}
