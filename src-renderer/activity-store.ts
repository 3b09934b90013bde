import type {
  ActivityBatch,
  ActivityOverview,
  ActivityPage,
  ActivityRow,
  ContentPiece,
} from '../src-shared/activity.ts';

/** What a running answer has said lately, in the order in which it came. */
export interface LiveSegment {
  readonly kind: ContentPiece['kind'];
  readonly tool: string | null;
  readonly call: number | null;
  readonly text: string;
}

export interface ActivityView {
  /** Oldest first. */
  readonly rows: readonly ActivityRow[];
  /** Null before the service was heard of. */
  readonly overview: ActivityOverview | null;
  /** False while the service can't be heard. */
  readonly connected: boolean;
  /** The agents and the models of all rows, in alphabetical order. */
  readonly agents: readonly string[];
  readonly models: readonly string[];
}

const unheard: ActivityView = { rows: [], overview: null, connected: false, agents: [], models: [] };

/** Most rows that the window keeps; the service keeps no more either. */
const mostRows = 100_000;
/** Answers whose text is kept, and how much of each: what the list and an open panel can show. */
const mostAnswers = 256;
const mostCharacters = 100_000;

/** The log as this window knows it: pages of what was, and pushes of what is. Listeners hear of a batch once. */
export class ActivityStore {
  #view: ActivityView = unheard;
  readonly #live = new Map<string, readonly LiveSegment[]>();
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly view = (): ActivityView => this.#view;

  /** The same array until more was said; null where nothing was heard. */
  readonly live = (id: string): readonly LiveSegment[] | null => this.#live.get(id) ?? null;

  take(batch: ActivityBatch): void {
    for (const piece of batch.content) this.#hear(piece);
    const rows = batch.rows.length === 0 ? this.#view.rows : this.#merged(batch.rows);
    this.#show({ ...this.#view, ...this.#named(batch.rows), rows, overview: batch.overview, connected: true });
  }

  /** A page of older rows, newest first. Of a row that was pushed meanwhile that one counts. */
  takePage(page: ActivityPage): void {
    const { rows } = this.#view;
    const older = page.rows.toReversed();
    const overlap = older.findLastIndex(({ number }) => number < (rows[0]?.number ?? Number.POSITIVE_INFINITY)) + 1;
    const pushed = new Set(overlap === older.length ? [] : rows.map(({ number }) => number));
    const between = older.slice(overlap).filter(({ number }) => !pushed.has(number));
    const merged = [...older.slice(0, overlap), ...rows, ...between];
    if (between.length > 0) merged.sort((one, other) => one.number - other.number);
    this.#show({ ...this.#view, ...this.#named(page.rows), rows: merged.slice(-mostRows) });
  }

  /** Before everything is asked for anew: another run of the service counts from 1 again. */
  forget(): void {
    this.#live.clear();
    this.#show({ ...this.#view, rows: [], agents: [], models: [] });
  }

  overviewIs(overview: ActivityOverview): void {
    this.#show({ ...this.#view, overview });
  }

  disconnected(): void {
    if (this.#view.connected) this.#show({ ...this.#view, connected: false });
  }

  #show(view: ActivityView): void {
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }

  /** Mostly rows are new or among the newest: only the list's end, from the oldest that changed, is written again. */
  #merged(changed: readonly ActivityRow[]): readonly ActivityRow[] {
    const { rows } = this.#view;
    const oldest = Math.min(...changed.map(({ number }) => number));
    const at = rows.findLastIndex(({ number }) => number < oldest) + 1;
    const end = new Map(rows.slice(at).map((row) => [row.number, row]));
    for (const row of changed) end.set(row.number, row);
    const merged = [...rows.slice(0, at), ...[...end.values()].sort((one, other) => one.number - other.number)];
    return merged.length > mostRows ? merged.slice(-mostRows) : merged;
  }

  /** The lists stay the same arrays unless a name is new. */
  #named(rows: readonly ActivityRow[]): Pick<ActivityView, 'agents' | 'models'> {
    return {
      agents: withNew(
        this.#view.agents,
        rows.map(({ agent }) => agent ?? ''),
      ),
      models: withNew(
        this.#view.models,
        rows.map((row) => (row.purpose === 'other' ? '' : (row.modelId ?? row.model))),
      ),
    };
  }

  #hear({ id, kind, tool, call, text }: ContentPiece): void {
    const heard = this.#live.get(id) ?? [];
    const last = heard.at(-1);
    const next =
      last !== undefined && last.kind === kind && last.call === call && text !== ''
        ? [...heard.slice(0, -1), { ...last, text: (last.text + text).slice(-mostCharacters) }]
        : [...heard.slice(-200), { kind, tool, call, text }];
    // Said last, kept longest.
    this.#live.delete(id);
    this.#live.set(id, next);
    if (this.#live.size <= mostAnswers) return;
    const [oldest] = this.#live.keys();
    if (oldest !== undefined) this.#live.delete(oldest);
  }
}

function withNew(known: readonly string[], names: readonly string[]): readonly string[] {
  const all = new Set(known);
  for (const name of names) if (name !== '') all.add(name);
  return all.size === known.length ? known : [...all].sort();
}
