import { Tabs } from '@base-ui/react/tabs';
import { useState } from 'react';
import type { ModelEntry } from '../../../src-shared/catalogue.ts';
import type { KeyInfo } from '../../../src-shared/control.ts';
import { Button } from '../../components/button.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { TabList } from '../../components/tab-list.tsx';
import { Words } from '../../components/words.tsx';
import { type Control, refusalWords } from '../../control.ts';
import { Fact } from './fact.tsx';
import { fittingKey } from './fitting-key.ts';
import { chatCurl, embeddingsCurl, messagesCurl, responsesCurl, withKey } from './model-curl.ts';

/** How to ask a model through the gateway: for each protocol the base URL that its clients want, and a ready request for a terminal. */
export function AskIt({
  control,
  baseUrl,
  model,
  keys,
}: {
  readonly control: Control;
  readonly baseUrl: string;
  readonly model: ModelEntry;
  readonly keys: readonly KeyInfo[];
}) {
  const embeds = model.capabilities.embeddings === true;
  const ways = embeds
    ? [{ value: 'embeddings', name: 'Embeddings', clientUrl: `${baseUrl}/v1`, text: embeddingsCurl(baseUrl, model.id) }]
    : [
        { value: 'messages', name: 'Messages', clientUrl: baseUrl, text: messagesCurl(baseUrl, model.id) },
        { value: 'chat', name: 'Chat Completions', clientUrl: `${baseUrl}/v1`, text: chatCurl(baseUrl, model.id) },
        { value: 'responses', name: 'Responses', clientUrl: `${baseUrl}/v1`, text: responsesCurl(baseUrl, model.id) },
      ];
  const key = fittingKey(keys, embeds ? 'embeddings' : 'chat', model.id, Date.now());
  return (
    <section aria-labelledby="panel-ask">
      <h3 id="panel-ask" className="mb-1 font-semibold">
        Ask it
      </h3>
      <Tabs.Root defaultValue={ways[0]?.value ?? null}>
        <TabList label="Protocol" tabs={ways} />
        {ways.map(({ value, name, clientUrl, text }) => (
          <Tabs.Panel key={value} value={value} className="flex flex-col gap-2 pt-3">
            <dl>
              <Fact name="Base URL">
                <span className="flex items-start gap-1">
                  <code className="font-mono text-xs leading-5 wrap-anywhere select-all">{clientUrl}</code>
                  <span className="-my-0.5">
                    <CopyButton text={clientUrl} label={`the base URL for ${name}`} />
                  </span>
                </span>
              </Fact>
            </dl>
            <CodeBlock text={text} label={`curl for ${name}`} />
            {key !== null && <CopyWithKey control={control} text={text} info={key} />}
          </Tabs.Panel>
        ))}
      </Tabs.Root>
      {key === null && (
        <p className="mt-2 text-xs text-quiet">
          <Words text="Put a local key into `DRAGOMAN_KEY` first; Settings → Keys makes one." />
        </p>
      )}
    </section>
  );
}

/** The key is read from the keychain only when this is pressed, goes into the clipboard, and is shown nowhere. */
function CopyWithKey({
  control,
  text,
  info,
}: {
  readonly control: Control;
  readonly text: string;
  readonly info: KeyInfo;
}) {
  const [said, setSaid] = useState<{ readonly well: boolean; readonly words: string } | null>(null);
  const copy = () => {
    control.keys
      .reveal({ key: info.id })
      .then(({ key }) => navigator.clipboard.writeText(withKey(text, key)))
      .then(
        () => setSaid({ well: true, words: `Copied with the key “${info.name}”.` }),
        (cause: unknown) => setSaid({ well: false, words: copyProblem(cause) }),
      );
  };
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Button onClick={copy}>Copy with key</Button>
      <span
        role="status"
        className={`min-w-0 flex-1 basis-40 text-xs ${said?.well === false ? 'text-bad' : 'text-quiet'}`}
      >
        {said?.words ?? <Words text="Or put a key into `DRAGOMAN_KEY`." />}
      </span>
    </div>
  );
}

function copyProblem(cause: unknown): string {
  return cause instanceof DOMException ? 'The browser does not allow copying.' : refusalWords(cause);
}
