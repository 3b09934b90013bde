import type { ActivityRow } from '../../../src-shared/activity.ts';
import { modelWords } from './request-words.ts';

export type StateFilter = 'all' | 'running' | 'done' | 'failed';

/** What the list is to show; '' for any. */
export interface RowFilter {
  readonly search: string;
  readonly agent: string;
  readonly model: string;
  readonly state: StateFilter;
}

export const everything: RowFilter = { search: '', agent: '', model: '', state: 'all' };

/** Those that fit, in the order given; the same array where nothing is filtered. */
export function filtered(rows: readonly ActivityRow[], filter: RowFilter): readonly ActivityRow[] {
  if (filter === everything) return rows;
  const wanted = filter.search.trim().toLowerCase();
  return rows.filter(
    (row) =>
      (filter.agent === '' || (row.agent ?? '') === filter.agent) &&
      (filter.model === '' || modelWords(row) === filter.model) &&
      isInState(row, filter.state) &&
      (wanted === '' || searchable(row).includes(wanted)),
  );
}

/** `failed` is all that did not go well. */
function isInState({ state }: ActivityRow, wanted: StateFilter): boolean {
  switch (wanted) {
    case 'all':
      return true;
    case 'failed':
      return state === 'failed' || state === 'refused' || state === 'aborted';
    case 'running':
    case 'done':
      return state === wanted;
  }
}

function searchable(row: ActivityRow): string {
  return `${row.agent ?? ''} ${row.model} ${row.modelId ?? ''} ${row.path} ${row.error?.message ?? ''} ${row.tools?.join(' ') ?? ''} ${row.id}`.toLowerCase();
}
