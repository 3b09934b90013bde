import { Tabs } from '@base-ui/react/tabs';
import { type FormEvent, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Notice } from '../../components/notice.tsx';
import { TabList } from '../../components/tab-list.tsx';
import { type Control, type ControlFailure, describeFailure } from '../../control.ts';
import { snippets } from './snippets.ts';

/** Stands in the snippets until there is a key. */
const noKey = 'YOUR-KEY';

/** Any other tool that speaks OpenAI's or Anthropic's protocol: base URL, a key of its own, and what to paste where. */
export function OtherTools({
  control,
  baseUrl,
  model,
}: {
  readonly control: Control;
  readonly baseUrl: string;
  readonly model: string | null;
}) {
  const [key, setKey] = useState<string | null>(null);
  const all = snippets({ baseUrl, key: key ?? noKey, model: model ?? 'MODEL' });
  return (
    <section
      aria-labelledby="other-tools"
      className="flex flex-col gap-3 rounded-lg border border-line bg-raised px-5 py-3"
    >
      <header>
        <h2 id="other-tools" className="font-semibold">
          Any other tool
        </h2>
        <p className="text-quiet">
          Continue, Cursor, Aider, LiteLLM, an SDK: what speaks OpenAI’s or Anthropic’s protocol.
        </p>
      </header>
      <dl className="grid grid-cols-[max-content_1fr] items-center gap-x-4">
        <Address name="Base URL for OpenAI" url={`${baseUrl}/v1`} />
        <Address name="Base URL for Anthropic" url={baseUrl} />
      </dl>
      <NewToolKey control={control} made={key} onMade={setKey} />
      <Tabs.Root defaultValue="sh">
        <TabList label="Place" tabs={all} />
        {all.map(({ value, name, text }) => (
          <Tabs.Panel key={value} value={value} className="pt-3">
            <CodeBlock text={text} label={`the lines for ${name}`} />
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </section>
  );
}

function Address({ name, url }: { readonly name: string; readonly url: string }) {
  return (
    <>
      <dt className="text-quiet">{name}</dt>
      <dd className="flex items-center gap-1">
        <code className="font-mono text-xs wrap-anywhere select-all">{url}</code>
        <CopyButton text={url} label={name} />
      </dd>
    </>
  );
}

/** Each tool gets its own key, so that it can be told from the others and revoked without them. */
function NewToolKey({
  control,
  made,
  onMade,
}: {
  readonly control: Control;
  readonly made: string | null;
  readonly onMade: (key: string) => void;
}) {
  const [name, setName] = useState('');
  const [making, setMaking] = useState(false);
  const [failure, setFailure] = useState<ControlFailure | null>(null);
  const make = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '' || making) return;
    setMaking(true);
    setFailure(null);
    control.keys
      .create({ name: name.trim() })
      .then(
        ({ key }) => onMade(key),
        (cause: unknown) => setFailure(describeFailure(cause)),
      )
      .finally(() => setMaking(false));
  };
  if (made !== null) {
    return (
      <p role="status">
        The key stands in the lines below until you leave this place.{' '}
        <span className="text-quiet">Settings lists it.</span>
      </p>
    );
  }
  return (
    <>
      <form onSubmit={make} className="flex flex-wrap items-center gap-2">
        <input
          aria-label="Name of the tool"
          placeholder="Name of the tool"
          value={name}
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
          className="h-8 min-w-24 basis-56 rounded-md border border-line bg-ground px-2.5 placeholder:text-quiet"
        />
        <Button submits disabled={name.trim() === '' || making}>
          Make a key for it
        </Button>
      </form>
      {failure !== null && <Notice what={failure.what} remedy={failure.remedy} />}
    </>
  );
}
