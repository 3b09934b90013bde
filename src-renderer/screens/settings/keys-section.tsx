import { useState } from 'react';
import type { SettingsView } from '../../../src-shared/settings-contract.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { Words } from '../../components/words.tsx';
import type { Control } from '../../control.ts';
import { KeyRow } from './key-row.tsx';
import { type MadeKey, NewKey } from './new-key.tsx';
import { NewKeyShown } from './new-key-shown.tsx';
import { Row, Section } from './section.tsx';

type Keychain = Awaited<ReturnType<Control['status']>>['keychain'];

/** The local keys, which agents present. `keychain` is null before its state is known. */
export function KeysSection({
  control,
  view,
  keychain,
  readOnly,
}: {
  readonly control: Control;
  readonly view: SettingsView;
  readonly keychain: Keychain | null;
  readonly readOnly: boolean;
}) {
  const [step, setStep] = useState<'list' | 'new' | MadeKey>('list');
  const shut = keychain !== null && keychain.state !== 'ready';
  return (
    <Section
      id="keys"
      title="Keys"
      intro="An agent shows one to the gateway. They open nothing elsewhere; one for each agent tells them apart."
      aside={
        step === 'list' && (
          <Button disabled={readOnly} onClick={() => setStep('new')}>
            New key
          </Button>
        )
      }
    >
      {shut && (
        <div className="p-4">
          <Notice
            what={`Keys can't be kept or copied now: ${keychain.message ?? 'the keychain does not answer'}.`}
            remedy={`${keychain.state === 'no-service' ? '' : `${keychain.remedy ?? ''} `}Meanwhile a new key is shown once, when it is made.`}
          />
        </div>
      )}
      {step === 'new' && (
        <NewKey control={control} willBeKept={!shut} onMade={setStep} onCancel={() => setStep('list')} />
      )}
      {typeof step === 'object' && <NewKeyShown made={step} onDone={() => setStep('list')} />}
      {view.keys.map((key) => (
        <KeyRow key={key.id} control={control} info={key} readOnly={readOnly} />
      ))}
      {view.keys.length === 0 && step === 'list' && (
        <Row
          name="There is no key yet"
          hint={<Words text="Without one no agent gets an answer, unless the gateway was started with `--key`." />}
        />
      )}
    </Section>
  );
}
