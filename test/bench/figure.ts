/** One row of the bench: what was measured, what the project wants, what came out. */
export interface Figure {
  readonly name: string;
  readonly unit: 'ms' | 'chunks/s' | 'MB' | 'KB';
  /** The figure that the target speaks of. */
  readonly value: number;
  readonly target: number;
  readonly wanted: 'at most' | 'at least';
  /** What it was made from, for whoever doubts it. */
  readonly details: Readonly<Record<string, number>>;
}

export const holds = ({ value, target, wanted }: Figure): boolean =>
  wanted === 'at most' ? value <= target : value >= target;

const shown = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(value < 10 ? 2 : 1);

/** A table in GitHub's Markdown. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const details = Object.entries(figure.details).map(([name, value]) => `${name} ${shown(value)}`);
    const target = `${figure.wanted === 'at most' ? '≤' : '≥'} ${shown(figure.target)}`;
    return `| ${figure.name} | ${shown(figure.value)} ${figure.unit} | ${target} | ${holds(figure) ? 'yes' : 'no'} | ${details.join(', ')} |`;
  });
  return ['| figure | reached | wanted | holds | from |', '|---|---|---|---|---|', ...rows].join('\n');
}
