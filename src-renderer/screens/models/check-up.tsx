import { useState } from 'react';
import { type CheckLine, type CheckResult, type CheckupFlags, checkTitles } from '../../../src-shared/checkup.ts';
import { Button } from '../../components/button.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { ChevronIcon, SpinnerIcon, StateIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { Progress } from '../../components/progress.tsx';
import { Words } from '../../components/words.tsx';
import { type Control, type ControlFailure, describeRefusal } from '../../control.ts';
import { useCheckUp } from './use-check-up.ts';

/** What an agent needs of this model, tried: line by line as it is found, each with its evidence and what to do. */
export function CheckUp({
  control,
  model,
  readOnly,
  onChanged,
  onDone,
}: {
  readonly control: Control;
  /** Its id. */
  readonly model: string;
  /** Why nothing can be changed in the settings now; null where it can. */
  readonly readOnly: string | null;
  readonly onChanged: () => Promise<void>;
  /** A check-up has come to its end. */
  readonly onDone: () => Promise<void>;
}) {
  const { now, running, lines, flags, failure, at, start, stop } = useCheckUp(control, model, onDone);
  return (
    <section aria-labelledby="panel-check-up" className="flex flex-col gap-3">
      <div className="flex items-center justify-between gap-3">
        <h3 id="panel-check-up" className="font-semibold">
          Check-up
        </h3>
        {running ? (
          <Button onClick={stop}>Stop</Button>
        ) : (
          <Button onClick={start} label={lines.length > 0 ? 'Check this model again' : 'Check this model'}>
            {lines.length > 0 ? 'Check again' : 'Check'}
          </Button>
        )}
      </div>
      {!running && lines.length === 0 && failure === null && (
        <p className="text-xs text-quiet">
          Asks the model {Object.keys(checkTitles).length} things as an agent would, the last with a long prompt. That
          takes a minute or more, and some tokens. It changes nothing.
        </p>
      )}
      {running && (
        <div className="flex flex-col gap-2">
          <p role="status" className="flex items-center gap-2 text-quiet">
            <SpinnerIcon />
            {now === null ? 'Begins…' : `${now.title} (${now.number} of ${now.of})…`}
          </p>
          {now !== null && <Progress label="Check-up" value={now.number - 1} max={now.of} />}
        </div>
      )}
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
      {flags !== null && <Summary lines={lines} at={at} />}
      {flags !== null && Object.keys(flags).length > 0 && (
        <Flags control={control} model={model} flags={flags} readOnly={readOnly} onChanged={onChanged} />
      )}
      {lines.length > 0 && (
        <ul aria-label="What was found" className="flex flex-col">
          {lines.map((line) => (
            <Line key={line.id} line={line} />
          ))}
        </ul>
      )}
    </section>
  );
}

const results: { readonly [Result in CheckResult]: { readonly word: string; readonly look: string } } = {
  pass: { word: 'Passed', look: 'text-good' },
  fail: { word: 'Failed', look: 'text-bad' },
  unknown: { word: 'Could not be told', look: 'text-quiet' },
};
const shapes = { pass: 'yes', fail: 'no', unknown: 'unknown' } as const;

function Summary({ lines, at }: { readonly lines: readonly CheckLine[]; readonly at: string | null }) {
  const count = (wanted: CheckResult): number => lines.filter(({ result }) => result === wanted).length;
  return (
    <p role="status">
      {count('pass')} passed, {count('fail')} failed, {count('unknown')} could not be told.
      {at !== null && <span className="text-quiet"> Checked {new Date(at).toLocaleString()}.</span>}
    </p>
  );
}

function Line({ line }: { readonly line: CheckLine }) {
  const { word, look } = results[line.result];
  return (
    <li className="flex flex-col gap-1 border-line border-t py-2">
      <p className="flex items-center gap-2">
        <span className={look}>
          <StateIcon state={shapes[line.result]} />
        </span>
        <span className="min-w-0 flex-1 font-medium">{line.title}</span>
        <span className={`text-xs whitespace-nowrap ${look}`}>{word}</span>
      </p>
      <p className="pl-4.5 text-quiet wrap-anywhere">{line.evidence}</p>
      {line.remedy !== null && (
        <p className="pl-4.5 wrap-anywhere">
          <Words text={line.remedy} />
        </p>
      )}
      {line.exchanges.length > 0 && <Evidence line={line} />}
    </li>
  );
}

function Evidence({ line: { title, exchanges, ms } }: { readonly line: CheckLine }) {
  return (
    <details className="group pl-4.5">
      <summary className="flex w-fit cursor-pointer list-none items-center gap-1 rounded text-xs text-quiet hover:text-ink">
        <span className="group-open:rotate-90">
          <ChevronIcon />
        </span>
        What was asked and answered<span className="sr-only">: {title}</span>
      </summary>
      <div className="flex flex-col gap-2 pt-2">
        {exchanges.map(({ request, answer }, index) => {
          const which = exchanges.length > 1 ? ` ${index + 1}` : '';
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a finished list that never changes
            <div key={index} className="flex flex-col gap-2">
              <CodeBlock text={request} label={`Request${which}: ${title}`} />
              <CodeBlock text={answer} label={`Answer${which}: ${title}`} />
            </div>
          );
        })}
        <p className="text-xs text-quiet">It took {(ms / 1000).toFixed(1)} s.</p>
      </div>
    </details>
  );
}

const protocolNames = { messages: 'Messages', responses: 'Responses' } as const;

function passing(protocols: NonNullable<CheckupFlags['nativeProtocols']>): string {
  if (protocols.length === 0) return 'translate for it, and pass nothing through';
  return `pass ${protocols.map((protocol) => protocolNames[protocol]).join(' and ')} through to it unchanged`;
}

/** What the flags would do, for people. */
function flagWords({ leakedToolCalls, thinkTags, vision, namedToolChoice, nativeProtocols }: CheckupFlags) {
  const words = [
    leakedToolCalls === true && { flag: 'leakedToolCalls', does: 'take tool calls out of its text' },
    thinkTags !== undefined && { flag: 'thinkTags', does: `tell reasoning in its text apart (${thinkTags})` },
    vision !== undefined && {
      flag: 'vision',
      does: vision === false ? 'send it no images' : 'know that it sees images',
    },
    nativeProtocols !== undefined && { flag: 'nativeProtocols', does: passing(nativeProtocols) },
    namedToolChoice === false && { flag: 'namedToolChoice', does: 'ask for any tool where an agent names one' },
  ];
  return words.filter((word) => word !== false);
}

function Flags({
  control,
  model,
  flags,
  readOnly,
  onChanged,
}: {
  readonly control: Control;
  readonly model: string;
  readonly flags: CheckupFlags;
  readonly readOnly: string | null;
  readonly onChanged: () => Promise<void>;
}) {
  const [state, setState] = useState<'idle' | 'applying' | 'applied'>('idle');
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const apply = (): void => {
    setState('applying');
    setFailure(null);
    control.models.applyFlags({ model, flags }).then(
      () => {
        setState('applied');
        void onChanged();
      },
      (cause: unknown) => {
        setState('idle');
        setFailure(describeRefusal('The flags were not applied.', cause));
      },
    );
  };
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line p-3">
      <p>{state === 'applied' ? 'In the settings now:' : 'For this model Dragoman could:'}</p>
      <ul className="list-disc pl-5">
        {flagWords(flags).map(({ flag, does }) => (
          <li key={flag}>
            {does} <code className="font-mono text-xs text-quiet">{flag}</code>
          </li>
        ))}
      </ul>
      {state !== 'applied' && (
        <div className="flex items-center gap-3">
          <Button look="main" onClick={apply} disabled={state === 'applying' || readOnly !== null}>
            Apply flags
          </Button>
          <span className="text-xs text-quiet">Writes them into the settings.</span>
        </div>
      )}
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
      {readOnly !== null && <Notice what="Flags can’t be changed now." remedy={readOnly} />}
    </div>
  );
}
