import { CopyButton } from './copy-button.tsx';

/** Something to copy and paste; `label` names it. */
export function CodeBlock({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className="relative rounded-md border border-line bg-ground">
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={label}
        className="overflow-x-auto p-3 pr-10"
      >
        <pre className="font-mono text-xs">{text}</pre>
      </section>
      <span className="absolute top-1.5 right-1.5 flex items-center rounded bg-ground">
        <CopyButton text={text} label={label} />
      </span>
    </div>
  );
}
