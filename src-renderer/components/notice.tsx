import { WarningIcon } from './icons.tsx';
import { Words } from './words.tsx';

/** Something that went wrong, where it happened: what, then what to do about it. */
export function Notice({ what, remedy }: { readonly what: string; readonly remedy: string }) {
  return (
    <div role="alert" className="flex items-start gap-3 rounded-lg border border-line bg-raised px-4 py-3">
      <span className="mt-0.5 text-bad">
        <WarningIcon />
      </span>
      <div className="min-w-0 flex-1">
        <p className="wrap-anywhere font-medium">{what}</p>
        <p className="wrap-anywhere text-quiet">
          <Words text={remedy} />
        </p>
      </div>
    </div>
  );
}
