import { type ReactNode, useMemo } from 'react';
import type { AgentChange } from '../../../src-shared/agents.ts';
import { ChangeView } from './change-view.tsx';
import { Page } from './page.tsx';
import { usePlanned } from './use-planned.ts';

/** A change in which nothing is to be chosen: a set-up taken back, a backup put back. */
export function PlainChangePage({
  title,
  intro,
  action,
  doing,
  nothing,
  alsoWithoutFiles = false,
  plan,
  act,
  onDone,
  onClose,
}: {
  readonly title: string;
  readonly intro: ReactNode;
  readonly action: string;
  readonly doing: string;
  readonly nothing: string;
  readonly alsoWithoutFiles?: boolean;
  readonly plan: () => Promise<AgentChange>;
  readonly act: (seen: string) => Promise<AgentChange>;
  readonly onDone: (change: AgentChange) => void;
  readonly onClose: () => void;
}) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the page is made anew for another change
  const ask = useMemo(() => plan, []);
  const planned = usePlanned(ask);
  return (
    <Page title={title} onClose={onClose}>
      <p>{intro}</p>
      <ChangeView
        planned={planned}
        action={action}
        doing={doing}
        nothing={nothing}
        alsoWithoutFiles={alsoWithoutFiles}
        act={act}
        onDone={onDone}
        onCancel={onClose}
      />
    </Page>
  );
}
