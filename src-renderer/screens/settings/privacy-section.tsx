import { useState } from 'react';
import type { SettingsView } from '../../../src-shared/settings-contract.ts';
import { Button } from '../../components/button.tsx';
import { type Control, refusalWords } from '../../control.ts';
import { ChoiceSetting } from './fields.tsx';
import { Row, Section } from './section.tsx';

/** What is kept of requests, where, and for how long. */
export function PrivacySection({
  control,
  view,
  readOnly,
}: {
  readonly control: Control;
  readonly view: SettingsView;
  readonly readOnly: boolean;
}) {
  const [said, setSaid] = useState('');
  const clear = () => {
    control.activity.clear().then(
      () => setSaid('Cleared'),
      (cause: unknown) => setSaid(refusalWords(cause)),
    );
  };
  return (
    <Section id="privacy" title="Privacy" intro="Nothing leaves this computer but your requests to model servers.">
      <Row
        name="Activity"
        hint="Model, times, token counts and errors of up to 100,000 requests. They are kept in memory only and are gone when Dragoman ends."
      >
        <span className="flex items-center justify-end gap-2 max-sm:justify-start">
          <span role="status" className="text-xs text-quiet">
            {said}
          </span>
          <Button onClick={clear}>Clear activity now</Button>
        </span>
      </Row>
      <ChoiceSetting
        control={control}
        readOnly={readOnly}
        setting="activity.captureBodies"
        name="What agents and models say"
        hint="Kept only while the streaming log is on, in memory, 64 MiB at most, with keys and secrets masked. “Never” forbids the streaming log."
        value={view.values.activity.captureBodies}
        choices={[
          { value: 'memory', name: 'In memory' },
          { value: 'off', name: 'Never' },
        ]}
      />
      <Row
        name="Secrets and keys"
        hint="In the system's keychain, in the environment or in a file of yours. The settings file holds only the hash of each local key and its last four characters."
      />
    </Section>
  );
}
