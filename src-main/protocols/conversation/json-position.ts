/** Where and why a text is not JSON. Says nothing of what stands in the text. */
export interface JsonFault {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  readonly expected: string;
}

type Expectation = 'value' | 'value-or-end' | 'name' | 'name-or-end' | 'colon' | 'comma-or-end' | 'nothing';

const space = /[ \t\n\r]*/y;
const literal = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in a string.
const plainCharacters = /[^"\\\u0000-\u001f]*/y;
const escaped = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/**
 * The first fault of a text that `JSON.parse` refused (RFC 8259), or null where there is none. Needs no stack however deep the text nests.
 */
export function findJsonFault(text: string): JsonFault | null {
  const open: ('{' | '[')[] = [];
  let expecting: Expectation = 'value';
  let at = 0;
  for (;;) {
    at = skip(space, text, at);
    const character = text[at];
    if (character === undefined) return expecting === 'nothing' ? null : fault(text, at, words(expecting, open.at(-1)));
    if (expecting === 'nothing') return fault(text, at, words(expecting, undefined));
    if (isClosing(character, expecting, open.at(-1))) {
      open.pop();
      at += 1;
      expecting = afterValue(open);
    } else if (expecting === 'comma-or-end' && character === ',') {
      at += 1;
      expecting = open.at(-1) === '{' ? 'name' : 'value';
    } else if (expecting === 'colon' && character === ':') {
      at += 1;
      expecting = 'value';
    } else if (isName(expecting) && character === '"') {
      const end = endOfString(text, at);
      if (end.fault !== null) return end.fault;
      at = end.at;
      expecting = 'colon';
    } else if ((expecting === 'value' || expecting === 'value-or-end') && character === '"') {
      const end = endOfString(text, at);
      if (end.fault !== null) return end.fault;
      at = end.at;
      expecting = afterValue(open);
    } else if ((expecting === 'value' || expecting === 'value-or-end') && (character === '{' || character === '[')) {
      open.push(character);
      at += 1;
      expecting = character === '{' ? 'name-or-end' : 'value-or-end';
    } else if (expecting === 'value' || expecting === 'value-or-end') {
      const end = skip(literal, text, at);
      if (end === at) return fault(text, at, words(expecting, open.at(-1)));
      at = end;
      expecting = afterValue(open);
    } else {
      return fault(text, at, words(expecting, open.at(-1)));
    }
  }
}

/** The same as words for a client: `line 3, column 14: expected ":"`. */
export function locateJsonError(text: string): string {
  const found = findJsonFault(text);
  return found === null ? 'position unknown' : `line ${found.line}, column ${found.column}: expected ${found.expected}`;
}

function skip(token: RegExp, text: string, at: number): number {
  token.lastIndex = at;
  return token.test(text) ? token.lastIndex : at;
}

function isName(expecting: Expectation): boolean {
  return expecting === 'name' || expecting === 'name-or-end';
}

function isClosing(character: string, expecting: Expectation, container: '{' | '[' | undefined): boolean {
  if (character === '}') return container === '{' && (expecting === 'name-or-end' || expecting === 'comma-or-end');
  return character === ']' && container === '[' && (expecting === 'value-or-end' || expecting === 'comma-or-end');
}

function afterValue(open: readonly unknown[]): Expectation {
  return open.length === 0 ? 'nothing' : 'comma-or-end';
}

function endOfString(text: string, start: number): { readonly at: number; readonly fault: JsonFault | null } {
  let at = start + 1;
  for (;;) {
    at = skip(plainCharacters, text, at);
    const character = text[at];
    if (character === '"') return { at: at + 1, fault: null };
    if (character === undefined) return { at, fault: fault(text, at, 'the closing quote of a string') };
    const end = skip(escaped, text, at);
    if (end === at)
      return {
        at,
        fault: fault(text, at, character === '\\' ? 'a valid escape' : 'no raw control character in a string'),
      };
    at = end;
  }
}

function words(expecting: Expectation, container: '{' | '[' | undefined): string {
  switch (expecting) {
    case 'value':
      return 'a value';
    case 'value-or-end':
      return 'a value or "]"';
    case 'name':
      return 'a property name in double quotes';
    case 'name-or-end':
      return 'a property name in double quotes or "}"';
    case 'colon':
      return '":"';
    case 'comma-or-end':
      return container === '{' ? '"," or "}"' : '"," or "]"';
    case 'nothing':
      return 'nothing more after the value';
  }
}

function fault(text: string, at: number, expected: string): JsonFault {
  let line = 1;
  let lineStart = 0;
  for (let next = text.indexOf('\n'); next !== -1 && next < at; next = text.indexOf('\n', next + 1)) {
    line += 1;
    lineStart = next + 1;
  }
  return { line, column: at - lineStart + 1, expected };
}
