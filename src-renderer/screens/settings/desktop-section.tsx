import { useEffect, useState } from 'react';
import type { SettingsView } from '../../../src-shared/settings-contract.ts';
import type { ShellFacts } from '../../../src-shared/shell-contract.ts';
import { Words } from '../../components/words.tsx';
import type { Control, Shell } from '../../control.ts';
import { ChoiceSetting, SwitchSetting } from './fields.tsx';
import { Row, Section } from './section.tsx';

/** How the window looks and how the app starts. `shell` is null in a browser, where only the first can be chosen. */
export function DesktopSection({
  control,
  shell,
  view,
  readOnly,
}: {
  readonly control: Control;
  readonly shell: Shell | null;
  readonly view: SettingsView;
  readonly readOnly: boolean;
}) {
  const { desktop } = view.values;
  const field = { control, readOnly };
  return (
    <Section id="desktop" title="Desktop">
      <ChoiceSetting
        {...field}
        setting="desktop.theme"
        name="Theme"
        value={desktop.theme}
        choices={[
          { value: 'system', name: 'System' },
          { value: 'light', name: 'Light' },
          { value: 'dark', name: 'Dark' },
        ]}
      />
      {shell === null ? (
        <Row
          name="Start at login, tray"
          hint={
            <Words text="Belong to the desktop app. This window is a page of `dragoman serve`, which starts and ends as you call it." />
          }
        />
      ) : (
        <>
          <SwitchSetting
            {...field}
            setting="desktop.openAtLogin"
            name="Start at login"
            hint="The system starts Dragoman when you log in."
            on={desktop.openAtLogin}
          />
          <SwitchSetting
            {...field}
            setting="desktop.startHidden"
            name="Start hidden at login"
            hint="That start opens no window."
            on={desktop.startHidden}
          />
          <TrayRow shell={shell} />
        </>
      )}
    </Section>
  );
}

function TrayRow({ shell }: { readonly shell: Shell }) {
  const [facts, setFacts] = useState<ShellFacts | null>(null);
  useEffect(() => {
    let gone = false;
    shell.facts().then(
      (next) => gone || setFacts(next),
      // The row then says nothing of the tray.
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [shell]);
  if (facts === null) return null;
  return (
    <Row
      name="Tray"
      hint={
        facts.tray
          ? 'Closing the window leaves Dragoman in the tray, and the gateway goes on.'
          : 'This desktop shows no tray icons, so closing the window minimises it; the gateway goes on. On GNOME the extension “AppIndicator and KStatusNotifierItem Support” adds a tray.'
      }
    >
      <span className="text-quiet">{facts.tray ? 'Shown' : 'Not available'}</span>
    </Row>
  );
}
