import { type ReactNode, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { SidePanel } from '../../components/side-panel.tsx';

/** A panel in which something is typed: it asks back before that is lost. `children` gets what tells that there is something to lose. */
export function FormPanel({
  title,
  subtitle,
  onClose,
  children,
}: {
  readonly title: ReactNode;
  readonly subtitle?: ReactNode;
  readonly onClose: () => void;
  readonly children: (onDirty: (dirty: boolean) => void) => ReactNode;
}) {
  const [dirty, setDirty] = useState(false);
  const [leaving, setLeaving] = useState(false);
  // The first time it is only asked back, so that nothing typed is lost by a key.
  const close = () => {
    if (dirty && !leaving) setLeaving(true);
    else onClose();
  };
  return (
    <SidePanel title={title} {...(subtitle !== undefined && { subtitle })} onClose={close} takesFocus>
      {leaving && (
        <div role="alert" className="flex flex-wrap items-center gap-2 border-b border-line px-5 py-3">
          <span className="flex-1">What you typed is not saved.</span>
          <Button onClick={() => setLeaving(false)}>Keep editing</Button>
          <Button look="danger" onClick={onClose}>
            Discard
          </Button>
        </div>
      )}
      <div className="relative flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-5 pt-4">{children(setDirty)}</div>
    </SidePanel>
  );
}
