import pino from 'pino';

/** What the service says of itself, one line each; `fields` hold ids, counts and milliseconds, never a body, a key or a secret. */
export interface ServiceLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Writes what is still held back. */
  flush(): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Names under which a secret could slip in by mistake. */
const redact = ['key', 'secret', 'token', 'authorization', 'password'];

/** Lines for programs wait so long for others, in milliseconds. */
const gatheredMs = 200;

/** Lines for people where a person watches (`human`), else JSON lines; both on stderr (file descriptor 2). */
export function createServiceLog(human: boolean): ServiceLog {
  // For programs, lines are gathered: a write of its own for each request's line costs more than the line (60 µs on the request path).
  const destination = pino.destination(human ? { dest: 2, sync: true } : { dest: 2, sync: false, minLength: 4096 });
  // Not pino's own periodicFlush, which writes nothing over and over while nothing is said.
  let waiting = false;
  const flushSoon = (): void => {
    if (human || waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      destination.flush();
    }, gatheredMs).unref();
  };
  // While it writes it does not hear that it should: what was said meanwhile goes out afterwards.
  let said = false;
  destination.on('drain', () => {
    if (said) flushSoon();
    said = false;
  });
  // A reader that went away must not take the service with it.
  destination.on('error', () => undefined);
  const stream = human ? { write: (line: string) => void destination.write(forPeople(line)) } : destination;
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime, redact }, stream);
  const say = (level: 'info' | 'warn' | 'error', message: string, fields: LogFields = {}): void => {
    logger[level](fields, message);
    said = true;
    flushSoon();
  };
  return {
    info: (message, fields) => say('info', message, fields),
    warn: (message, fields) => say('warn', message, fields),
    error: (message, fields) => say('error', message, fields),
    flush: () => {
      if (!human) destination.flushSync();
    },
  };
}

/** `12:00:00 message  name=value …` */
function forPeople(line: string): string {
  const { time, level, msg, ...fields }: Record<string, unknown> = JSON.parse(line);
  const rest = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${plain(String(value))}`],
  );
  const mark = typeof level === 'number' && level >= 40 ? '! ' : '';
  return `${String(time).slice(11, 19)} ${mark}${plain(String(msg))}${rest.length > 0 ? `  ${rest.join(' ')}` : ''}\n`;
}

/** Names and paths come from clients: no line break and no terminal sequence of theirs gets onto the screen. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\uFFFD');
}
