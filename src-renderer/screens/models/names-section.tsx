import type { AliasEntry, ModelsReport } from '../../../src-shared/catalogue.ts';

/** The further names that models go by: aliases and the slots of Claude's model families. Nothing where there is none. */
export function NamesSection({ report }: { readonly report: ModelsReport }) {
  const slots = Object.entries(report.slots).map(([id, target]) => ({ id, target }));
  if (report.aliases.length === 0 && slots.length === 0) return null;
  return (
    <div className="grid grid-cols-1 gap-4 sm:grid-cols-2">
      <NameTable title="Aliases" what="Names that your settings give to models" names={report.aliases} />
      <NameTable title="Slots" what="What Claude’s own model names stand for" names={slots} />
    </div>
  );
}

function NameTable({
  title,
  what,
  names,
}: {
  readonly title: string;
  readonly what: string;
  readonly names: readonly AliasEntry[];
}) {
  if (names.length === 0) return null;
  return (
    <section aria-label={title} className="rounded-lg border border-line bg-raised pb-1">
      <header className="px-5 py-3">
        <h2 className="font-semibold">{title}</h2>
        <p className="text-quiet">{what}</p>
      </header>
      <dl>
        {names.map(({ id, target, sharedWith = [], fallback = [], localOnly }) => (
          <div key={id} className="flex items-baseline gap-3 border-t border-line px-5 py-2 font-mono text-xs">
            <dt className="w-24 shrink-0 wrap-anywhere">{id}</dt>
            <dd className="min-w-0 wrap-anywhere text-quiet">
              <span aria-hidden="true">→ </span>
              {target}
              {sharedWith.map((other) => (
                <span key={other} className="block">
                  <span className="font-sans">and </span>
                  {other}
                </span>
              ))}
              {fallback.map((other) => (
                <span key={other} className="block">
                  <span className="font-sans">else </span>
                  {other}
                </span>
              ))}
              {localOnly === true && <span className="block font-sans">This machine only</span>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
