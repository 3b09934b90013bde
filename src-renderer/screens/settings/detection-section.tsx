import type { SettingsView } from '../../../src-shared/settings-contract.ts';
import type { Control } from '../../control.ts';
import { readNumber, SwitchSetting, TypedSetting } from './fields.tsx';
import { Section } from './section.tsx';

/** Whether and how often model servers on this computer are looked for. */
export function DetectionSection({
  control,
  view,
  readOnly,
}: {
  readonly control: Control;
  readonly view: SettingsView;
  readonly readOnly: boolean;
}) {
  const { detection } = view.values;
  const field = { control, readOnly };
  return (
    <Section id="detection" title="Detection">
      <SwitchSetting
        {...field}
        setting="detection.enabled"
        name="Look for model servers on this computer"
        hint="Ollama, LM Studio, llama.cpp, vLLM and SGLang are found at their usual ports. Servers that you added are asked in any case."
        on={detection.enabled}
      />
      <TypedSetting
        {...field}
        setting="detection.intervalSeconds"
        name="Look every"
        text={String(detection.intervalSeconds)}
        read={readNumber}
        unit="seconds"
      />
      <TypedSetting
        {...field}
        setting="detection.ports"
        name="Further ports"
        hint="Looked at beside the usual ones, with commas between them."
        text={detection.ports.join(', ')}
        read={(typed) =>
          typed
            .split(/[\s,]+/)
            .filter((word) => word !== '')
            .map(readNumber)
        }
        wide
      />
    </Section>
  );
}
