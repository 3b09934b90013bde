import { useEffect, useState } from 'react';
import { agentLabels } from '../../../src-shared/agent-prompts.ts';
import type { KeyInfo } from '../../../src-shared/control.ts';
import { Button } from '../../components/button.tsx';
import { type Control, refusalWords } from '../../control.ts';
import { AskFirst, AskText } from './key-asks.tsx';
import { type MadeKey, modelsHint, modelsIn, noModels, scopeName } from './new-key.tsx';
import { NewKeyShown } from './new-key-shown.tsx';
import { agentOf, RotateKey, RotationRefused, rotate } from './rotate-key.tsx';

/** How long it says that the key was copied, in ms. */
const shownMs = 2_000;

/** One key: what it opens, and what can be done with it. The key itself is read only when it is to be copied. */
export function KeyRow({
  control,
  info,
  readOnly,
}: {
  readonly control: Control;
  readonly info: KeyInfo;
  readonly readOnly: boolean;
}) {
  const [doing, setDoing] = useState<'nothing' | 'renaming' | 'models' | 'rotating' | 'revoking' | MadeKey>('nothing');
  const [copied, setCopied] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), shownMs);
    return () => clearTimeout(timer);
  }, [copied]);

  const rest = () => {
    setDoing('nothing');
    setProblem(null);
  };
  const attempt = <Done,>(done: Promise<Done>, then: (done: Done) => void) => {
    done.then(
      (outcome) => {
        setProblem(null);
        then(outcome);
      },
      (cause: unknown) => setProblem(cause instanceof RotationRefused ? cause.message : refusalWords(cause)),
    );
  };
  const copy = () => {
    attempt(copyKey(control, info.id), () => setCopied(true));
  };
  const expired = info.expiresAt !== null && Date.parse(info.expiresAt) < Date.now();
  return (
    <div className="px-4 py-3">
      <div className="flex items-center gap-x-4 gap-y-2 max-sm:flex-col max-sm:items-stretch">
        {doing === 'renaming' ? (
          <AskText
            label={`New name of ${info.name}`}
            value={info.name}
            action="Rename"
            onCancel={rest}
            onText={(name) => attempt(control.keys.rename({ key: info.id, name }), rest)}
          />
        ) : doing === 'models' ? (
          <AskText
            label={`What ${info.name} may call`}
            hint={modelsHint}
            value={info.models.join(', ')}
            action="Allow these"
            onCancel={rest}
            onText={(text) => {
              const models = modelsIn(text);
              if (models.length === 0) return setProblem(noModels);
              attempt(control.keys.allowModels({ key: info.id, models }), rest);
            }}
          />
        ) : (
          <>
            <div className="min-w-0 flex-1">
              <p className="wrap-anywhere">
                {info.name} <code className="font-mono text-xs text-quiet">dgm_…{info.hint}</code>
              </p>
              <p className="text-xs text-quiet wrap-anywhere">
                {info.scopes.map(scopeName).join(' and ')} · {modelWords(info.models)} ·{' '}
                <span className={expired ? 'text-bad' : ''}>{endWords(info.expiresAt, expired)}</span>
              </p>
              <label
                className={`mt-1 flex w-fit items-center gap-1.5 text-xs ${info.localOnly ? '' : 'text-quiet'}`}
                title="Its requests are answered by model servers on this computer or not at all"
              >
                <input
                  type="checkbox"
                  aria-label={`${info.name}: this computer only`}
                  checked={info.localOnly}
                  disabled={readOnly}
                  onChange={(event) =>
                    attempt(control.keys.keepLocal({ key: info.id, localOnly: event.target.checked }), () => undefined)
                  }
                  className="accent-accent"
                />
                This computer only
              </label>
            </div>
            {doing === 'nothing' && (
              <span className="flex flex-wrap items-center justify-end gap-2 max-sm:justify-start">
                <span role="status" className="text-xs text-good max-sm:order-last">
                  {copied ? 'Copied' : ''}
                </span>
                <Button onClick={copy} label={`Copy key ${info.name}`}>
                  Copy key
                </Button>
                <Button disabled={readOnly} onClick={() => setDoing('renaming')} label={`Rename ${info.name}`}>
                  Rename
                </Button>
                <Button disabled={readOnly} onClick={() => setDoing('models')} label={`Allow ${info.name}`}>
                  Allow…
                </Button>
                {(info.agent === null || agentOf(info) !== null) && (
                  <Button disabled={readOnly} onClick={() => setDoing('rotating')} label={`Rotate ${info.name}`}>
                    Rotate…
                  </Button>
                )}
                <Button disabled={readOnly} onClick={() => setDoing('revoking')} label={`Revoke ${info.name}`}>
                  Revoke…
                </Button>
              </span>
            )}
          </>
        )}
      </div>
      {doing === 'revoking' && (
        <AskFirst
          label={`Revoke ${info.name}?`}
          question={<p>{revokeWords(info)}</p>}
          action="Revoke key"
          look="danger"
          keep="Keep it"
          onNo={rest}
          onYes={() => attempt(control.keys.revoke({ key: info.id }), () => undefined)}
        />
      )}
      {doing === 'rotating' && (
        <RotateKey
          control={control}
          info={info}
          onCancel={rest}
          onRotate={() => attempt(rotate(control, info), (made) => setDoing(made ?? 'nothing'))}
        />
      )}
      {typeof doing === 'object' && <NewKeyShown made={doing} onDone={rest} />}
      <p role="alert" className={problem === null ? 'sr-only' : 'mt-1 text-bad'}>
        {problem}
      </p>
    </div>
  );
}

async function copyKey(control: Control, id: string): Promise<void> {
  const { key } = await control.keys.reveal({ key: id });
  await navigator.clipboard.writeText(key);
}

function revokeWords(info: KeyInfo): string {
  const agent = agentOf(info);
  if (agent === null)
    return `Revoke “${info.name}”? An agent that uses it gets no answer from then on. This can't be taken back.`;
  return `Revoke “${info.name}”? ${agentLabels[agent]} gets no answer from then on, until it is set up again. This can't be taken back; rotating puts another key in its place.`;
}

function modelWords(models: readonly string[]): string {
  return models.includes('*') ? 'all models' : models.join(', ');
}

function endWords(expiresAt: string | null, expired: boolean): string {
  if (expiresAt === null) return 'no end';
  const day = new Date(expiresAt).toLocaleDateString('en', { dateStyle: 'medium' });
  return expired ? `ended on ${day}` : `until ${day}`;
}
