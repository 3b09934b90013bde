import { useState } from 'react';
import type { ActivityDetail, WireBorder, WireMessage } from '../../../src-shared/activity.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { NothingKept } from './nothing-kept.tsx';
import { requestAsCurl } from './request-curl.ts';

/** So much of a body is shown at first, in characters: more would make the window slow. */
const shownAtFirst = 60_000;

/** What went over one side of the wire. `onStream` turns the streaming log on; null where it is on or forbidden. */
export function WireView({
  detail,
  borders,
  baseUrl,
  running,
  onStream,
}: {
  readonly detail: ActivityDetail | null;
  readonly borders: readonly WireBorder[];
  /** Where the agent's requests go: their lines have no host. */
  readonly baseUrl: string | null;
  readonly running: boolean;
  readonly onStream: (() => void) | null;
}) {
  if (detail === null) return null;
  const messages = detail.wire.filter(({ border }) => borders.includes(border));
  if (messages.length === 0) return <NothingKept detail={detail} onStream={onStream} />;
  return (
    <div className="flex flex-col gap-5">
      {running && <p className="text-quiet">As it was when you opened it; whole when the request has ended.</p>}
      {messages.map((message, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the messages of an exchange only grow
        <Message key={index} message={message} baseUrl={baseUrl} />
      ))}
    </div>
  );
}

function Message({ message, baseUrl }: { readonly message: WireMessage; readonly baseUrl: string | null }) {
  const [whole, setWhole] = useState(false);
  const { border, round, line, headers, body, bytes } = message;
  const title = round === 0 ? titles[border] : `${titles[border]}, round ${round + 1}`;
  const text = readable(body);
  const shown = whole || text.length <= shownAtFirst ? text : text.slice(0, shownAtFirst);
  const curl = requestAsCurl(message, baseUrl);
  const names = Object.entries(headers);
  return (
    <section aria-label={title}>
      <header className="mb-1.5 flex flex-wrap items-center gap-x-2">
        <h3 className="font-semibold">{title}</h3>
        <span className="text-xs text-quiet">{bytes.toLocaleString('en')} bytes</span>
        <span className="flex-1" />
        {curl !== null && (
          <span className="flex items-center text-xs text-quiet">
            curl
            <CopyButton text={curl} label={`${title} as curl`} />
          </span>
        )}
        <span className="flex items-center text-xs text-quiet">
          body
          <CopyButton text={body} label={`body of ${title}`} />
        </span>
      </header>
      <div className="rounded-md border border-line bg-ground font-mono text-xs">
        {line !== null && <p className="px-3 py-2 wrap-anywhere">{line}</p>}
        {names.length > 0 && (
          <details className="border-t border-line px-3 py-1.5">
            <summary className="text-quiet">{names.length} headers</summary>
            <dl className="pt-1">
              {names.map(([name, value]) => (
                <div key={name} className="flex gap-2">
                  <dt className="shrink-0 text-quiet">{name}:</dt>
                  <dd className="min-w-0 wrap-anywhere">{value}</dd>
                </div>
              ))}
            </dl>
          </details>
        )}
        {text !== '' && (
          <section
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            tabIndex={0}
            aria-label={`Body: ${title}`}
            className="max-h-96 overflow-auto border-t border-line p-3"
          >
            <pre className="whitespace-pre-wrap wrap-anywhere">{shown}</pre>
          </section>
        )}
        {shown.length < text.length && (
          <button
            type="button"
            onClick={() => setWhole(true)}
            className="w-full border-t border-line px-3 py-1.5 text-accent"
          >
            Show all {text.length.toLocaleString('en')} characters
          </button>
        )}
      </div>
    </section>
  );
}

const titles: Readonly<Record<WireBorder, string>> = {
  'agent-to-gateway': 'The agent sent',
  'gateway-to-server': 'Went to the server',
  'server-to-gateway': 'Came back',
  'gateway-to-agent': 'Was sent to the agent',
};

/** JSON on several lines; anything else as it is. */
function readable(body: string): string {
  if (!body.startsWith('{')) return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body; // cut, or not JSON after all: shown as it came
  }
}
