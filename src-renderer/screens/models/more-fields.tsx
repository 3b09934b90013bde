import { defaultTimeouts } from '../../../src-shared/settings.ts';
import { ChevronIcon } from '../../components/icons.tsx';
import { Field, TextField } from './form-fields.tsx';
import { LoadFields } from './load-fields.tsx';
import { NetworkFields } from './network-fields.tsx';
import { PairsField } from './pairs-field.tsx';
import type { DraftProblems, ServerDraft } from './server-draft.ts';
import { automaticProtocol, protocolChoices, protocolName } from './server-protocols.ts';
import { TimeoutFields } from './timeout-fields.tsx';

/** What few servers need: unfolded by whoever wants it. */
export function MoreFields({
  draft,
  onChange,
  problems,
}: {
  readonly draft: ServerDraft;
  readonly onChange: (changed: Partial<ServerDraft>) => void;
  readonly problems: DraftProblems;
}) {
  const { kind, protocol } = draft;
  // What the file says stays a choice, also where the form would not offer it.
  const choices = [...new Set([...protocolChoices(kind), protocol])];
  return (
    <details className="group rounded-md border border-line px-3 py-2">
      <summary className="flex cursor-pointer list-none items-center gap-1.5 rounded">
        <span className="text-quiet group-open:rotate-90">
          <ChevronIcon />
        </span>
        <span className="font-medium">More</span>
        <span className="truncate text-xs text-quiet group-open:hidden">
          protocol, headers, network, load, time limits
        </span>
      </summary>
      <div className="flex flex-col gap-4 pt-3">
        {choices.length > 1 && (
          <Field
            label="Protocol"
            hint={`What the server is spoken to in. Automatic: ${automaticProtocol(kind)}.`}
            problem={problems.protocol}
          >
            {(tied) => (
              <select
                {...tied}
                value={protocol}
                onChange={(event) =>
                  onChange({ protocol: choices.find((choice) => choice === event.target.value) ?? protocol })
                }
              >
                {choices.map((choice) => (
                  <option key={choice} value={choice}>
                    {choice === 'auto' ? 'Automatic' : protocolName(choice)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <TextField
          label="Header of the secret"
          mono
          value={draft.header}
          onChange={(header) => onChange({ header })}
          problem={problems.header}
          hint="`authorization` sends it as Bearer; any other header carries it as it is."
        />
        <PairsField
          title="Further headers"
          one="header"
          pairs={draft.headers}
          onChange={(headers) => onChange({ headers })}
          problem={problems.headers}
        />
        <PairsField
          title="Query of each request"
          one="parameter"
          pairs={draft.query}
          onChange={(query) => onChange({ query })}
          problem={problems.query}
        />
        <hr className="border-line" />
        <NetworkFields draft={draft} onChange={onChange} problems={problems} />
        <hr className="border-line" />
        <LoadFields draft={draft} onChange={onChange} problems={problems} />
        <TimeoutFields
          value={draft.timeouts}
          otherwise={defaultTimeouts}
          onChange={(timeouts) => onChange({ timeouts })}
          hint="Silence counts between any two pieces of an answer. More for a server that thinks or loads for long."
        />
        <hr className="border-line" />
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            checked={draft.enabled}
            onChange={(event) => onChange({ enabled: event.target.checked })}
          />
          Use this server
        </label>
      </div>
    </details>
  );
}
