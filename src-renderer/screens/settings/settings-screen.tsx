import { useEffect } from 'react';
import type { SettingsView } from '../../../src-shared/settings-contract.ts';
import { SpinnerIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import type { Control, ControlFailure, Shell } from '../../control.ts';
import { AboutSection } from './about-section.tsx';
import { DesktopSection } from './desktop-section.tsx';
import { DetectionSection } from './detection-section.tsx';
import { GatewaySection } from './gateway-section.tsx';
import { KeysSection } from './keys-section.tsx';
import { PrivacySection } from './privacy-section.tsx';

export type Status = Awaited<ReturnType<Control['status']>>;

const sections = [
  { id: 'gateway', name: 'Gateway' },
  { id: 'detection', name: 'Detection' },
  { id: 'keys', name: 'Keys' },
  { id: 'desktop', name: 'Desktop' },
  { id: 'privacy', name: 'Privacy' },
  { id: 'about', name: 'About' },
] as const;
export type SectionId = (typeof sections)[number]['id'];

/** Everything of the settings file that has no place of its own, written into it as one changes it. */
export function SettingsScreen({
  control,
  shell,
  view,
  status,
  failure,
  running,
  opensAt,
}: {
  readonly control: Control;
  readonly shell: Shell | null;
  readonly view: SettingsView | null;
  readonly status: Status | null;
  readonly failure: ControlFailure | null;
  /** Requests under way. */
  readonly running: number;
  /** Where to go when it is opened; null: its beginning. */
  readonly opensAt: SectionId | null;
}) {
  const ready = view !== null;
  useEffect(() => {
    if (ready && opensAt !== null) goTo(opensAt);
  }, [ready, opensAt]);
  const readOnly = view === null || view.problems.length > 0;
  return (
    <>
      <header className="flex min-h-14 shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line bg-raised px-5 py-2 max-sm:px-3">
        <h1 className="font-semibold max-sm:sr-only">Settings</h1>
        <nav aria-label="Sections" className="flex gap-1 max-sm:overflow-x-auto">
          {sections.map(({ id, name }) => (
            <button
              key={id}
              type="button"
              disabled={!ready}
              onClick={() => goTo(id)}
              className="h-8 shrink-0 rounded-md px-2.5 text-quiet hover:bg-line/40 hover:text-ink max-sm:px-1.5"
            >
              {name}
            </button>
          ))}
        </nav>
      </header>
      <main className="relative min-h-0 min-w-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-3xl flex-col gap-6 p-5 max-sm:p-3">
          {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
          {view?.problems.map((problem) => (
            <Notice
              key={`${problem.line}:${problem.column}:${problem.message}`}
              what={`The settings file has a mistake in line ${problem.line}, column ${problem.column}: ${problem.path === '' ? '' : `${problem.path}: `}${problem.message}`}
              remedy={`The last good settings stay in force, and nothing can be changed here until you mend ${view.file}; it is read again at once.`}
            />
          ))}
          {view === null ? (
            failure === null && (
              <p role="status" className="flex items-center gap-2 text-quiet">
                <SpinnerIcon /> Asking Dragoman…
              </p>
            )
          ) : (
            <>
              <GatewaySection control={control} view={view} running={running} readOnly={readOnly} />
              <DetectionSection control={control} view={view} readOnly={readOnly} />
              <KeysSection control={control} view={view} keychain={status?.keychain ?? null} readOnly={readOnly} />
              <DesktopSection control={control} shell={shell} view={view} readOnly={readOnly} />
              <PrivacySection control={control} view={view} readOnly={readOnly} />
              <AboutSection shell={shell} view={view} home={status?.home ?? null} version={status?.version ?? null} />
            </>
          )}
        </div>
      </main>
    </>
  );
}

/** Brings a section into sight, and whoever uses the keyboard or listens into it. */
function goTo(id: SectionId): void {
  document.getElementById(id)?.scrollIntoView({ block: 'start' });
  document.getElementById(`${id}-title`)?.focus({ preventScroll: true });
}
