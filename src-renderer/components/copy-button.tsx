import { useEffect, useState } from 'react';
import { IconButton } from './icon-button.tsx';
import { CopyIcon, DoneIcon } from './icons.tsx';

type CopyState = 'idle' | 'copied' | 'refused';

/** How long the button says what came of it, in ms. */
const shownMs = 2000;

/** Copies `text`; `label` names what that is ("base URL"). Says aloud and by shape that it is done. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [state, setState] = useState<CopyState>('idle');

  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), shownMs);
    return () => clearTimeout(timer);
  }, [state]);

  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setState('copied'),
      // The browser may deny the clipboard; the text can still be selected by hand, which the label says.
      () => setState('refused'),
    );
  };

  return (
    <>
      <IconButton onClick={copy} label={`Copy ${label}`} done={state === 'copied'}>
        {state === 'copied' ? <DoneIcon /> : <CopyIcon />}
      </IconButton>
      <span role="status" className={state === 'idle' ? 'sr-only' : 'text-quiet'}>
        {copyWords(state)}
      </span>
    </>
  );
}

function copyWords(state: CopyState): string {
  switch (state) {
    case 'idle':
      return '';
    case 'copied':
      return 'Copied';
    case 'refused':
      return 'The browser does not allow copying: select the text instead';
  }
}
