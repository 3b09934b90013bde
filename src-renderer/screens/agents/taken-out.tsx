import { type FormEvent, useCallback, useEffect, useId, useState } from 'react';
import type { AgentEnvironment, RemovalReason } from '../../../src-shared/agents.ts';
import type { ChangeableSetting, SettingValue } from '../../../src-shared/settings-contract.ts';
import { Button } from '../../components/button.tsx';
import { Notice } from '../../components/notice.tsx';
import { type Control, type ControlFailure, describeFailure, refusalWords } from '../../control.ts';

/** Dragoman's own variables are nothing to choose about. */
const reasons: Readonly<Record<Exclude<RemovalReason, 'own'>, string>> = {
  provider: 'a model provider’s',
  account: 'another account’s',
};

/**
 * What agents that are started from here do not get of the environment, unfolded on demand, and the choice of what they get all the same. It is
 * written into the settings at once and counts from the next start, also for `dragoman run`.
 */
export function TakenOut({ control }: { readonly control: Control }) {
  const [opened, setOpened] = useState(false);
  return (
    <details onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary className="w-fit cursor-default text-quiet">Taken out of the environment</summary>
      {opened && <Lists control={control} />}
    </details>
  );
}

function Lists({ control }: { readonly control: Control }) {
  const [environment, setEnvironment] = useState<AgentEnvironment | null>(null);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const ask = useCallback(
    () =>
      control.agents.environment().then(
        (answer) => {
          setEnvironment(answer);
          setFailure(null);
        },
        (cause: unknown) => setFailure(describeFailure(cause)),
      ),
    [control],
  );
  useEffect(() => void ask(), [ask]);
  const choose = (setting: ChangeableSetting, value: SettingValue, chosen: Partial<AgentEnvironment>) => {
    // The tick stands at once; what follows from it comes with the answer.
    setEnvironment((before) => before && { ...before, ...chosen });
    control.settings.set({ setting, value }).then(ask, async (cause: unknown) => {
      await ask();
      setFailure({ what: 'That was not changed.', remedy: refusalWords(cause) });
    });
  };
  return (
    <div className="mt-2 flex flex-col gap-3">
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
      {environment !== null && (
        <>
          <Variables environment={environment} onKeep={(keep) => choose('agents.keepVariables', keep, { keep })} />
          <label className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={environment.strict}
              onChange={({ target: { checked: strict } }) => choose('agents.strictEnvironment', strict, { strict })}
            />
            Take other accounts’ variables out, too: AWS, GitHub, npm and the like
          </label>
          {environment.lists
            .filter(({ why }) => why !== 'own')
            .map(({ why, names }) => (
              <details key={why}>
                <summary className="w-fit cursor-default text-quiet">
                  {why === 'provider' ? 'All names of model providers' : 'All names of other accounts'}
                </summary>
                <p className="mt-2 font-mono text-xs wrap-anywhere text-quiet">{names.join(', ')}</p>
              </details>
            ))}
        </>
      )}
    </div>
  );
}

/** What is set where Dragoman runs, and what is to be kept wherever an agent is started. */
function Variables({
  environment: { removed, kept, keep },
  onKeep,
}: {
  readonly environment: AgentEnvironment;
  readonly onKeep: (names: string[]) => void;
}) {
  const [typed, setTyped] = useState('');
  const hint = useId();
  const isKept = new Set(keep);
  const reasonOf = new Map([...removed, ...kept].flatMap(({ name, why }) => (why === 'own' ? [] : [[name, why]])));
  const names = [...new Set([...reasonOf.keys(), ...keep])].toSorted();
  const name = typed.trim();
  const add = (event: FormEvent) => {
    event.preventDefault();
    if (name === '' || isKept.has(name)) return;
    onKeep([...keep, name]);
    setTyped('');
  };
  return (
    <>
      <p className="text-quiet">
        An agent that is started here gets no model provider’s keys and addresses but its own, whatever a terminal sets.
        {names.length === 0 ? ' None of them is set where Dragoman runs.' : ' Tick what it is to get all the same.'}
      </p>
      {names.length > 0 && (
        <ul aria-label="Variables" className="flex flex-col gap-1">
          {names.map((one) => {
            const why = reasonOf.get(one);
            // A name with a * keeps it, which stands in its own line.
            const byPattern = keep.some(
              (name) => name.endsWith('*') && one !== name && one.startsWith(name.slice(0, -1)),
            );
            return (
              <li key={one}>
                <label className="flex items-center gap-2">
                  <input
                    type="checkbox"
                    checked={isKept.has(one) || byPattern}
                    disabled={byPattern}
                    onChange={(event) =>
                      onKeep(event.target.checked ? [...keep, one] : keep.filter((other) => other !== one))
                    }
                  />
                  <span className="min-w-0 font-mono text-xs wrap-anywhere">{one}</span>
                  <span className="text-quiet">{why === undefined ? 'not set where Dragoman runs' : reasons[why]}</span>
                </label>
              </li>
            );
          })}
        </ul>
      )}
      <form onSubmit={add} className="flex flex-wrap items-center gap-2">
        <input
          aria-label="Another variable to keep"
          aria-describedby={hint}
          value={typed}
          placeholder="OPENAI_API_KEY"
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
          className="h-8 min-w-24 basis-56 rounded-md border border-line bg-ground px-2.5 font-mono text-xs placeholder:text-quiet"
        />
        <Button submits disabled={name === ''}>
          Keep it
        </Button>
        <span id={hint} className="text-xs text-quiet">
          A * at the end stands for any ending.
        </span>
      </form>
    </>
  );
}
