import { Tabs } from '@base-ui/react/tabs';

/** The tabs of a `Tabs.Root`; `label` says what they choose between. */
export function TabList({
  label,
  tabs,
}: {
  readonly label: string;
  readonly tabs: readonly { readonly value: string; readonly name: string }[];
}) {
  return (
    <Tabs.List aria-label={label} className="flex gap-4 overflow-x-auto border-b border-line">
      {tabs.map(({ value, name }) => (
        <Tabs.Tab
          key={value}
          value={value}
          className="-mb-px h-8 border-b-2 border-transparent whitespace-nowrap text-quiet hover:text-ink focus-visible:-outline-offset-2 data-[active]:border-accent data-[active]:text-ink"
        >
          {name}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  );
}
