import { useEffect, useRef } from 'react';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import type { MadeKey } from './new-key.tsx';

/** A key that was just made, whole, until it is put away. */
export function NewKeyShown({ made, onDone }: { readonly made: MadeKey; readonly onDone: () => void }) {
  const shown = useRef<HTMLElement>(null);
  useEffect(() => shown.current?.focus(), []);
  return (
    <section
      ref={shown}
      tabIndex={-1}
      aria-label={`The new key ${made.name}`}
      className="flex flex-col gap-2 px-4 py-3 outline-none"
    >
      <p>
        The key <strong className="font-semibold">{made.name}</strong> is ready.{' '}
        <span className={made.inKeychain ? 'text-quiet' : 'text-warn'}>
          {made.inKeychain
            ? 'The keychain keeps it, so you can copy it again.'
            : 'Copy it now: it is shown only this once, since there is no keychain to keep it.'}
        </span>
      </p>
      <p className="flex items-center gap-1 rounded bg-ground px-3 py-2">
        <code className="min-w-0 flex-1 font-mono text-xs wrap-anywhere select-all">{made.key}</code>
        <CopyButton text={made.key} label="the new key" />
      </p>
      <div>
        <Button onClick={onDone}>Done</Button>
      </div>
    </section>
  );
}
