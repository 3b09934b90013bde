import { defaultTimeouts, type Timeouts } from '../../../src-shared/settings.ts';
import { Field, TextField } from './form-fields.tsx';
import { NetworkFields } from './network-fields.tsx';
import { PairsField } from './pairs-field.tsx';
import type { DraftProblems, ServerDraft } from './server-draft.ts';
import { automaticProtocol, protocolChoices, protocolName } from './server-protocols.ts';

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
    <details className="rounded-md border border-line px-3 py-2">
      <summary className="cursor-pointer font-medium">More</summary>
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
        <NetworkFields draft={draft} onChange={onChange} problems={problems} />
        <TimeoutFields draft={draft} onChange={onChange} problem={problems.timeouts} />
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

const limits: readonly { readonly name: keyof Timeouts; readonly label: string }[] = [
  { name: 'connectMs', label: 'To connect' },
  { name: 'firstByteMs', label: 'To answer' },
  { name: 'idleMs', label: 'Of silence' },
];

function TimeoutFields({
  draft,
  onChange,
  problem,
}: {
  readonly draft: ServerDraft;
  readonly onChange: (changed: Partial<ServerDraft>) => void;
  readonly problem: string | undefined;
}) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-1">
      <legend className="mb-1 font-medium">Seconds at most</legend>
      <div className="grid grid-cols-3 gap-1.5">
        {limits.map(({ name, label }) => (
          <label key={name} className="flex min-w-0 flex-col gap-1 text-xs text-quiet">
            {label}
            <input
              inputMode="decimal"
              autoComplete="off"
              value={draft.timeouts[name]}
              placeholder={String(defaultTimeouts[name] / 1000)}
              aria-invalid={problem !== undefined}
              onChange={(event) => onChange({ timeouts: { ...draft.timeouts, [name]: event.target.value } })}
              className="h-8 min-w-0 rounded-md border border-line bg-ground px-2 font-mono text-xs text-ink placeholder:text-quiet"
            />
          </label>
        ))}
      </div>
      {problem === undefined ? (
        <p className="text-xs text-quiet">Silence counts between any two pieces of an answer.</p>
      ) : (
        <p role="alert" className="text-xs text-bad">
          {problem}
        </p>
      )}
    </fieldset>
  );
}
