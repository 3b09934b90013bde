import type {
  ActivityBatch,
  ActivityDetail,
  ActivityOverview,
  ActivityPage,
  ActivityPurpose,
  ActivityRow,
} from '../../src-shared/activity.ts';
import type { Diagnostic } from '../../src-shared/diagnostic.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { ExchangeTap } from '../gateway/tap.ts';
import { finished, refusedRow, startedRow } from './activity-rows.ts';
import { type AnswerPiece, type AnswerReader, createAnswerReader, readAnswer } from './answer-reader.ts';
import { StreamRate } from './stream-rate.ts';
import { Subscriptions } from './subscriptions.ts';
import { WireCapture } from './wire-capture.ts';

/** The live log of requests: what runs, what ran, and while the streaming log is on also what was said. All of it is in memory. */
export interface ActivityLog {
  readonly tap: ExchangeTap;
  overview(): ActivityOverview;
  /** The newest rows, or those before the row with the number `before`. */
  page(limit: number, before?: number): ActivityPage;
  /** Null for a request that the log does not hold. */
  request(id: string): ActivityDetail | null;
  /** What the agent sent, to ask it again; null where it was not kept whole. It is no answer for a window. */
  asked(id: string): AskedRequest | null;
  subscribe(signal: AbortSignal | undefined): AsyncGenerator<ActivityBatch, void>;
  /** Forgets every request that has ended. */
  clear(): void;
  /** False where bodies may not be kept. */
  setStreamingLog(on: boolean): boolean;
  /** Something that the overview tells changed elsewhere. */
  overviewChanged(): void;
  /** Ends all subscriptions: a service that stops must not wait for them. */
  close(): void;
}

/** A request as the agent sent it. Keys are masked in its target and headers, and not in its body. */
export interface AskedRequest {
  /** The path, with a query where one was sent. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly userAgent: string | null;
  readonly keyId: string;
  readonly body: Uint8Array;
}

export interface ActivityLogOptions {
  readonly paused: () => boolean;
  /** Whether bodies may be kept. */
  readonly captureAllowed: () => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly maxRequests?: number;
  /** Of all bodies together. */
  readonly maxBodyBytes?: number;
}

interface Entry {
  row: ActivityRow;
  diagnostics: readonly Diagnostic[];
  /** What the upstream is spoken to in. */
  protocol: Protocol;
  wire: WireCapture | null;
  reader: AnswerReader | null;
  readerRound: number;
}

const mostDiagnostics = 200;
/** What a model answers in words and tool calls. */
const answered: ReadonlySet<ActivityPurpose> = new Set(['chat', 'title', 'compact']);
/** While something runs the overview's speed is told this often, in milliseconds. */
const speedMs = 500;

export function createActivityLog(options: ActivityLogOptions): ActivityLog {
  const { maxRequests = 100_000, maxBodyBytes = 64 * 1024 * 1024 } = options;
  /** Oldest first; `first` is the index of the oldest that counts, so that dropping one costs nothing. */
  let entries: Entry[] = [];
  let first = 0;
  let numbered = 0;
  const byId = new Map<string, Entry>();
  const running = new Set<Entry>();
  /** Those with bodies, oldest first. */
  const captured = new Set<Entry>();
  let capturedBytes = 0;
  let streamingLog = false;
  let speedTimer: NodeJS.Timeout | null = null;
  const rate = new StreamRate(() => performance.now());
  const subscriptions = new Subscriptions(overview);

  function overview(): ActivityOverview {
    return {
      paused: options.paused(),
      running: running.size,
      tokensPerSecond: running.size === 0 ? 0 : Math.round(rate.perSecond()),
      streamingLog: isCapturing(),
      streamingLogAllowed: options.captureAllowed(),
    };
  }

  /** The settings may forbid it while it is on: what was kept until then goes. */
  function isCapturing(): boolean {
    if (streamingLog && !options.captureAllowed()) {
      streamingLog = false;
      forgetBodies();
    }
    return streamingLog;
  }

  function add(row: Omit<ActivityRow, 'number'>): Entry {
    numbered += 1;
    const entry: Entry = {
      row: { ...row, number: numbered },
      diagnostics: [],
      protocol: 'chat',
      wire: null,
      reader: null,
      readerRound: 0,
    };
    entries.push(entry);
    byId.set(row.id, entry);
    if (entries.length - first > maxRequests) dropOldest();
    return entry;
  }

  function dropOldest(): void {
    const oldest = entries[first];
    if (oldest !== undefined) {
      byId.delete(oldest.row.id);
      running.delete(oldest);
      forgetBody(oldest);
    }
    first += 1;
    if (first < 1_024) return;
    entries = entries.slice(first);
    first = 0;
  }

  function change(entry: Entry, changed: Partial<ActivityRow>): void {
    entry.row = { ...entry.row, ...changed };
    subscriptions.row(entry.row);
  }

  function forgetBody(entry: Entry): void {
    capturedBytes -= entry.wire?.bytes ?? 0;
    entry.wire = null;
    captured.delete(entry);
  }

  function forgetBodies(): void {
    for (const entry of captured) forgetBody(entry);
    for (const entry of running) entry.reader = null;
  }

  function keep(entry: Entry, bytes: number): void {
    capturedBytes += bytes;
    // The newest is kept even where it is larger than the limit: one that is watched must not vanish.
    for (const oldest of captured) {
      if (capturedBytes <= maxBodyBytes || oldest === entry) break;
      forgetBody(oldest);
    }
  }

  function capture(entry: Entry): WireCapture {
    if (entry.wire === null) {
      entry.wire = new WireCapture();
      captured.add(entry);
    }
    return entry.wire;
  }

  function tell(entry: Entry, pieces: readonly AnswerPiece[]): void {
    for (const piece of pieces) {
      const { id } = entry.row;
      if (piece.kind === 'arguments' && piece.text === '' && piece.tool !== null) {
        change(entry, { tools: [...(entry.row.tools ?? []), piece.tool] });
      }
      subscriptions.content({ ...piece, text: entry.wire?.conceal(piece.text) ?? piece.text, id });
    }
  }

  /** What somebody watches of an answer: how fast it comes, and while the streaming log is on what it says. */
  function readOn(entry: Entry, round: number, chunk: string | Uint8Array, isTold: boolean): void {
    if (!answered.has(entry.row.purpose)) return;
    if (entry.reader === null || entry.readerRound !== round) {
      entry.reader = createAnswerReader(entry.protocol);
      entry.readerRound = round;
    }
    const pieces = entry.reader.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    rate.push(pieces);
    if (!isTold) return;
    // Someone looks now: no tool so far.
    entry.row = { ...entry.row, tools: entry.row.tools ?? [] };
    tell(entry, pieces);
  }

  /** Behind the last entry whose number is smaller. Where nothing was cleared numbers have no gaps, and the first guess is right. */
  function endBefore(number: number): number {
    const oldest = entries[first]?.row.number ?? number;
    let end = Math.min(entries.length, first + Math.max(0, number - oldest));
    while (end > first && (entries[end - 1]?.row.number ?? 0) >= number) end -= 1;
    return end;
  }

  function watchSpeed(): void {
    if (speedTimer !== null || !subscriptions.listening || running.size === 0) return;
    speedTimer = setTimeout(() => {
      speedTimer = null;
      subscriptions.overview();
      watchSpeed();
    }, speedMs);
    speedTimer.unref();
  }

  const tap: ExchangeTap = {
    start(event) {
      const entry = add(startedRow(event, options.now()));
      entry.protocol = event.protocol;
      running.add(entry);
      subscriptions.row(entry.row);
      watchSpeed();
    },
    routed({ exchange, modelId, protocol }) {
      const entry = byId.get(exchange);
      if (entry === undefined) return;
      entry.protocol = protocol;
      change(entry, { modelId });
    },
    waiting({ exchange, waitsFor }) {
      const entry = byId.get(exchange);
      if (entry === undefined) return;
      entry.row = withoutWait(entry.row);
      change(entry, waitsFor === null ? {} : { waitsFor });
    },
    head(exchange, round, border, make) {
      const entry = isCapturing() ? byId.get(exchange) : undefined;
      if (entry !== undefined) capture(entry).head(round, border, make());
    },
    bytes(exchange, round, border, chunk) {
      const isTold = isCapturing();
      const isRead = border === 'server-to-gateway' && (isTold || subscriptions.listening);
      const entry = isTold || isRead ? byId.get(exchange) : undefined;
      if (entry === undefined) return;
      if (isTold) keep(entry, capture(entry).push(round, border, chunk));
      if (isRead) readOn(entry, round, chunk, isTold);
    },
    contentStarted(exchange, firstByteMs) {
      const entry = byId.get(exchange);
      if (entry !== undefined) change(entry, { firstByteMs });
    },
    end(event) {
      const entry = byId.get(event.exchange);
      if (entry === undefined) return;
      if (entry.reader !== null && isCapturing()) tell(entry, entry.reader.end());
      entry.reader = null;
      entry.diagnostics = event.diagnostics.slice(0, mostDiagnostics);
      running.delete(entry);
      entry.row = withoutWait(entry.row);
      change(entry, { ...finished(event), tools: event.toolsCalled ?? entry.row.tools });
    },
    refused: (refusal) => subscriptions.row(add(refusedRow(refusal, options.now())).row),
  };

  return {
    tap,
    overview,
    page(limit, before) {
      const end = before === undefined ? entries.length : endBefore(before);
      const rows = entries.slice(Math.max(first, end - limit), end).map(({ row }) => row);
      return { rows: rows.reverse(), total: entries.length - first, overview: overview() };
    },
    request(id) {
      const entry = byId.get(id);
      if (entry === undefined) return null;
      const { row, diagnostics, wire, protocol } = entry;
      const answer = wire === null || !answered.has(row.purpose) ? [] : readAnswer(protocol, wire.serverBodies());
      return {
        row,
        diagnostics,
        answer: answer.map((piece) => ({ ...piece, text: wire?.conceal(piece.text) ?? piece.text })),
        wire: wire?.messages() ?? [],
      };
    },
    asked(id) {
      const entry = byId.get(id);
      const { wire, row } = entry ?? {};
      const asked = wire?.asked() ?? null;
      if (wire === null || wire === undefined || row === undefined || row.keyId === null || asked === null) return null;
      const headers = Object.entries(asked.head.headers).map(([name, value]) => [name, wire.conceal(value)]);
      return {
        target: wire.conceal(asked.head.line).replace(/^\S+ /, ''),
        headers: Object.fromEntries(headers),
        userAgent: asked.head.headers['user-agent'] ?? null,
        keyId: row.keyId,
        body: asked.body,
      };
    },
    async *subscribe(signal) {
      const started = subscriptions.listen(
        [...running].map(({ row }) => row),
        signal,
      );
      for await (const batch of started) {
        watchSpeed();
        yield batch;
      }
    },
    clear() {
      for (const entry of entries.slice(first)) {
        if (running.has(entry)) continue;
        byId.delete(entry.row.id);
        forgetBody(entry);
      }
      entries = entries.slice(first).filter((entry) => running.has(entry));
      first = 0;
      subscriptions.incomplete();
    },
    setStreamingLog(on) {
      if (on && !options.captureAllowed()) return false;
      streamingLog = on;
      if (!on) forgetBodies();
      subscriptions.overview();
      return true;
    },
    overviewChanged: () => subscriptions.overview(),
    close: () => {
      if (speedTimer !== null) clearTimeout(speedTimer);
      subscriptions.close();
    },
  };
}

function withoutWait({ waitsFor: _, ...row }: ActivityRow): ActivityRow {
  return row;
}
