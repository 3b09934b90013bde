/** How far something is; nothing is said of how far where `value` or `max` is null. */
export function Progress({
  label,
  value,
  max,
}: {
  readonly label: string;
  readonly value: number | null;
  readonly max: number | null;
}) {
  return (
    <progress
      aria-label={label}
      max={max ?? 1}
      value={max === null ? 0 : (value ?? 0)}
      className="block h-1 w-full appearance-none overflow-hidden rounded bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
    />
  );
}
