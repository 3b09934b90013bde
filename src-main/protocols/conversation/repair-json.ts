/**
 * JSON text of a model with its slips mended, where each has one possible meaning: raw control characters in strings, a comma before a
 * closing bracket, strings in single quotes, and Python's True, False and None. Nothing is completed and nothing left out: text that was
 * cut stays broken. Whether the outcome is JSON is for the caller to see.
 */
export function mendJson(text: string): string {
  let mended = '';
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") {
      const end = stringEnd(text, at);
      if (end === -1) return mended + text.slice(at); // cut inside a string
      mended += stringOf(text.slice(at + 1, end), character);
      at = end + 1;
    } else if (character === ',' && closesNext(text, at + 1)) {
      at++;
    } else {
      const word = /[A-Za-z_]+/y;
      word.lastIndex = at;
      const found = word.exec(text)?.[0];
      mended += found === undefined ? character : (pythonWords[found] ?? found);
      at += found?.length ?? 1;
    }
  }
  return mended;
}

const pythonWords: Readonly<Record<string, string | undefined>> = { True: 'true', False: 'false', None: 'null' };

/** Where the string that begins at `from` ends; -1 where it does not. */
function stringEnd(text: string, from: number): number {
  const quote = text.charAt(from);
  for (let at = from + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at++;
    else if (character === quote) return at;
  }
  return -1;
}

function stringOf(inside: string, quote: string): string {
  let text = '"';
  for (let at = 0; at < inside.length; at++) {
    const character = inside.charAt(at);
    const next = inside.charAt(at + 1);
    if (character === '\\') {
      text += quote === "'" && next === "'" ? "'" : character + next;
      at++;
    } else if (character < ' ') text += JSON.stringify(character).slice(1, -1);
    else text += character === '"' ? '\\"' : character;
  }
  return `${text}"`;
}

/** Whether the next character that is no whitespace closes an object or array. */
function closesNext(text: string, from: number): boolean {
  let at = from;
  while (' \n\r\t'.includes(text.charAt(at)) && at < text.length) at++;
  return text.charAt(at) === '}' || text.charAt(at) === ']';
}
