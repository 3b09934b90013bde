import type { Listening, SettingsView } from '../../../src-shared/settings-contract.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import type { Control } from '../../control.ts';
import { AddressTrouble } from './address-trouble.tsx';
import { readNumber, TypedSetting } from './fields.tsx';
import { Row, Section } from './section.tsx';

/** Where agents reach the gateway, and its limits. `running`: requests under way. */
export function GatewaySection({
  control,
  view,
  running,
  readOnly,
}: {
  readonly control: Control;
  readonly view: SettingsView;
  readonly running: number;
  readonly readOnly: boolean;
}) {
  const { gateway } = view.values;
  const { listening } = view;
  const field = { control, readOnly };
  return (
    <Section id="gateway" title="Gateway">
      {listening !== null && (
        <Row name="Base URL" hint={movingWords(listening, running)}>
          <span className="flex min-w-0 items-center gap-1">
            <code className="font-mono text-xs wrap-anywhere select-all">{listening.url}</code>
            <CopyButton text={listening.url} label="base URL for agents" />
          </span>
        </Row>
      )}
      <TypedSetting
        {...field}
        setting="gateway.host"
        name="Host"
        hint={
          listening?.fixed.host === true
            ? 'The command line chose the host for this run; a change counts from the next start.'
            : '127.0.0.1 answers this computer only. With any other address others can reach it, if they have a key.'
        }
        text={gateway.host}
        read={(typed) => typed}
        wide
      />
      <TypedSetting
        {...field}
        setting="gateway.port"
        name="Port"
        hint={
          listening?.fixed.port === true
            ? 'The command line chose the port for this run; a change counts from the next start.'
            : 'The gateway moves at once, and requests under way finish at the old address. Agents have to be pointed to the new one.'
        }
        text={String(gateway.port)}
        read={readNumber}
        after={
          listening !== null &&
          listening.trouble !== null && (
            <AddressTrouble control={control} listening={listening} trouble={listening.trouble} readOnly={readOnly} />
          )
        }
      />
      <TypedSetting
        {...field}
        setting="gateway.maxBodyMiB"
        name="Largest request"
        hint="A request whose body is larger is refused. Images and long conversations need room."
        text={String(gateway.maxBodyMiB)}
        read={readNumber}
        unit="MiB"
      />
      <TypedSetting
        {...field}
        setting="gateway.holdStatusSeconds"
        name="Hold the status"
        hint="How long an answer's status waits for a silent model server, so that its errors reach the agent as such."
        text={String(gateway.holdStatusSeconds)}
        read={readNumber}
        unit="seconds"
      />
    </Section>
  );
}

/** Addresses that were left, and what still runs there. */
function movingWords({ finishing }: Listening, running: number): string {
  if (finishing.length === 0) return 'Where agents send their requests.';
  const requests = running === 0 ? 'What is open' : running === 1 ? '1 request' : `${running} requests`;
  return `Moved. ${requests} may still finish at ${finishing.join(', ')}, which then closes.`;
}
