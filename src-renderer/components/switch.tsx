import { Switch as BaseSwitch } from '@base-ui/react/switch';

/** On or off. Named by the label that it stands in, or by `labelledBy`. */
export function Switch({
  checked,
  onChange,
  disabled = false,
  labelledBy,
  describedBy,
}: {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
  readonly labelledBy?: string;
  readonly describedBy?: string;
}) {
  return (
    <BaseSwitch.Root
      checked={checked}
      onCheckedChange={onChange}
      disabled={disabled}
      aria-labelledby={labelledBy}
      aria-describedby={describedBy}
      className="flex h-4.5 w-8 items-center rounded-full border border-quiet bg-ground px-0.5 data-[checked]:border-accent data-[checked]:bg-accent data-[disabled]:opacity-50"
    >
      <BaseSwitch.Thumb className="size-3 rounded-full bg-quiet motion-safe:transition-transform data-[checked]:translate-x-3.5 data-[checked]:bg-raised" />
    </BaseSwitch.Root>
  );
}
