import { Tabs } from '@base-ui/react/tabs';
import { useState } from 'react';
import { CodeBlock } from '../../components/code-block.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { TabList } from '../../components/tab-list.tsx';
import type { Control } from '../../control.ts';
import { snippets } from './snippets.ts';
import { ToolKey } from './tool-key.tsx';

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
  const [taken, setTaken] = useState<{ readonly name: string; readonly key: string } | null>(null);
  const all = snippets({ baseUrl, key: taken?.key ?? noKey, model: model ?? 'MODEL' });
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
      <ToolKey control={control} name={taken?.name ?? null} onKey={setTaken} />
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
