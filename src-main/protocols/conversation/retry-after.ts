/**
 * When a server wants to be asked again, in milliseconds from its answer; null where it does not say. Read from `retry-after-ms`, then
 * `retry-after` (seconds, or an HTTP date against the answer's own `date`: RFC 9110 §10.2.3), then the text ("try again in 1m2.5s").
 *
 * @param headers lower-case names
 */
export function readRetryAfter(headers: Readonly<Record<string, string>>, text: string): number | null {
  return fromMilliseconds(headers['retry-after-ms']) ?? fromRetryAfter(headers) ?? fromText(text);
}

function fromMilliseconds(value: string | undefined): number | null {
  if (value === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(value)) return null;
  return Math.ceil(Number(value));
}

function fromRetryAfter(headers: Readonly<Record<string, string>>): number | null {
  const value = headers['retry-after'];
  if (value === undefined) return null;
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Math.ceil(Number(value) * 1000);
  const at = Date.parse(value);
  const now = Date.parse(headers.date ?? '');
  if (Number.isNaN(at) || Number.isNaN(now)) return null;
  return Math.max(0, at - now);
}

const spoken =
  /(?:try again|retry|retry again|available again|reset)s?\s+(?:after|in)\s+((?:\d+(?:\.\d+)?\s*[a-z]+[\s,]*(?:and\s+)?)+)/i;
const milliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hr: 3_600_000,
};

function fromText(text: string): number | null {
  const duration = spoken.exec(text.slice(0, 4096))?.[1];
  if (duration === undefined) return null;
  let total = 0;
  let understood = false;
  for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)) {
    const name = (unit ?? '').toLowerCase();
    const factor = milliseconds[name] ?? milliseconds[name.replace(/s$/, '')];
    if (factor === undefined) break;
    total += Number(amount) * factor;
    understood = true;
  }
  return understood ? Math.ceil(total) : null;
}
