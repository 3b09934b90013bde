import { CopyButton } from '../../components/copy-button.tsx';
import { SpinnerIcon } from '../../components/icons.tsx';

/** Shown while no agent has asked for anything: what will stand here, and where to point an agent. */
export function NoActivity({ baseUrl, asking }: { readonly baseUrl: string | null; readonly asking: boolean }) {
  if (asking) {
    return (
      <p role="status" className="flex items-center gap-2 p-5 text-quiet">
        <SpinnerIcon /> Asking Dragoman…
      </p>
    );
  }
  return (
    <section aria-labelledby="no-activity" className="mx-auto flex max-w-xl flex-col gap-3 p-8">
      <h2 id="no-activity" className="text-base font-semibold">
        No agent has asked for anything yet
      </h2>
      <p className="text-quiet">
        Every request shows up here as it runs: which agent, which model, how fast, how much of the prompt was cached,
        which tools were called, and what went wrong. Turn on “Streaming log” to read answers as they flow and to see
        both sides of the wire.
      </p>
      {baseUrl !== null && (
        <p className="flex flex-wrap items-center gap-1">
          Point an agent at <code className="rounded bg-raised px-1.5 font-mono text-xs select-all">{baseUrl}</code>
          <CopyButton text={baseUrl} label="address for agents" />
          with a local key, which Settings → Keys makes and copies.
        </p>
      )}
    </section>
  );
}
