import { type RefObject, useCallback, useEffect, useState } from 'react';

/** Brings whoever wanted to save to the first field that is wrong, also where it is folded away. */
export function useFirstProblem(form: RefObject<HTMLFormElement | null>): () => void {
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    if (asked === 0) return;
    const field = form.current?.querySelector<HTMLElement>('[aria-invalid=true]');
    const folded = field?.closest('details');
    if (folded != null) folded.open = true;
    field?.focus();
  }, [asked, form]);
  return useCallback(() => setAsked((before) => before + 1), []);
}
