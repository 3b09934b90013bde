import fc from 'fast-check';

/** Generated configuration files: valid ones, written in every odd way that people and programs write them. */

const key = fc.oneof(
  fc.constantFrom(
    'env',
    'ENV',
    'env2',
    'BASE_URL',
    'dragoman',
    'model',
    'models',
    'provider',
    'providers',
    'permissions',
    'hooks',
    'name',
    'options',
    'a b',
    'ключ',
    '日本',
    'x.y',
    '',
  ),
  fc.string({ maxLength: 6 }),
);
const scalar = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    '# no comment',
    '// no comment',
    '/* nor this */',
    'a "quoted" one',
    "it's",
    'back\\slash',
    '🐫',
    '{}',
    '[table]',
    ', }',
    'caf\u00e9\t',
  ),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.boolean(),
);

interface Style {
  readonly eol: '\n' | '\r\n';
  readonly indent: string;
  /** Every third line ends the other way: two editors were at it. */
  readonly mixed: boolean;
  readonly bom: boolean;
  readonly finalNewline: boolean;
}
const style: fc.Arbitrary<Style> = fc.record({
  eol: fc.constantFrom('\n' as const, '\r\n' as const),
  indent: fc.constantFrom('', ' ', '  ', '   ', '    ', '\t', ' \t'),
  mixed: fc.nat(7).map((number) => number === 0),
  bom: fc.boolean(),
  finalNewline: fc.boolean(),
});

/** As the style has it: line ends and byte order mark. `text` has none but `\n`. */
function styled(text: string, { eol, mixed, bom, finalNewline }: Style): string {
  const lines = (finalNewline ? `${text}\n` : text).split('\n');
  const other = eol === '\n' ? '\r\n' : '\n';
  const ended = lines.map((line, at) =>
    at === lines.length - 1 ? line : line + (mixed && at % 3 === 0 ? other : eol),
  );
  return (bom ? '\uFEFF' : '') + ended.join('');
}

/** Files in which nothing stands yet, too: they are as common as they are odd. */
const orNothing = (files: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 40, arbitrary: files }, { weight: 1, arbitrary: fc.constantFrom('', '\n', '\uFEFF', ' \r\n\t') });

type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly entries: readonly (readonly [string, Json])[] };
function isJsonList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
const { json } = fc.letrec<{ json: Json; object: Json }>((tie) => ({
  object: fc
    .uniqueArray(fc.tuple(key, tie('json')), { selector: ([name]) => name, maxLength: 4, comparator: 'SameValue' })
    .map((entries) => ({ entries })),
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 3 }),
    tie('object'),
  ),
}));

/** The bytes that the writer takes its whims from, one after the other. */
function whims(bytes: readonly number[]): (choices: number) => number {
  let at = 0;
  return (choices) => (bytes[at++ % Math.max(1, bytes.length)] ?? 0) % choices;
}

export interface JsonWhims {
  readonly comments: boolean;
  readonly trailingCommas: boolean;
}

/** The text of a JSON file whose top is an object; `ours` may be merged in by the caller as entries. */
export function jsonFile(whim: JsonWhims): fc.Arbitrary<string> {
  const entries = fc.uniqueArray(fc.tuple(key, json), {
    selector: ([name]) => name,
    maxLength: 5,
    comparator: 'SameValue',
  });
  const files = fc
    .tuple(entries, style, fc.array(fc.nat(255), { minLength: 8, maxLength: 24 }))
    .map(([list, chosen, bytes]) => {
      const next = whims(bytes);
      const { indent } = chosen;
      const comment = (): string => {
        if (!whim.comments || next(4) > 0) return '';
        return [' // "env": { \n', ' /* , } */ ', '/* é\n * " */', '//\n'][next(4)] ?? '';
      };
      const blank = (): string => ['', ' ', '  ', '\t', '', ''][next(6)] ?? '';
      /** A letter may be written as its number. */
      const quote = (text: string): string => {
        const written = JSON.stringify(text);
        return next(6) === 0 ? written.replace(/[a-z](?!["\\])/, (letter) => escaped(letter)) : written;
      };
      const write = (value: Json, depth: number): string => {
        if (typeof value === 'string') return quote(value);
        if (typeof value !== 'object' || value === null) return JSON.stringify(value);
        const isList = isJsonList(value);
        const property = (name: string, inner: string): string =>
          `${quote(name)}${blank()}${comment()}:${blank()}${comment()}${inner}`;
        const items = isList
          ? value.map((item) => write(item, depth + 1))
          : 'entries' in value
            ? value.entries.flatMap(([name, inner]) => [
                // Of keys that stand twice the last one counts.
                ...(next(20) === 0 ? [property(name, '"not this"')] : []),
                property(name, write(inner, depth + 1)),
              ])
            : [];
        const [open, close] = isList ? ['[', ']'] : ['{', '}'];
        if (items.length === 0) return `${open}${['', ' ', '\n'][next(3)] ?? ''}${comment()}${close}`;
        const lines = next(4) > 0;
        const pad = lines ? `${next(6) === 0 ? '\n' : ''}\n${indent.repeat(depth + 1)}` : next(2) === 0 ? ' ' : '';
        const end = lines ? `\n${indent.repeat(depth)}` : next(2) === 0 ? ' ' : '';
        const body = items.map((item, index) => {
          const comma = index < items.length - 1 || (whim.trailingCommas && next(3) === 0) ? ',' : '';
          return `${pad}${comment()}${item}${blank()}${comment()}${comma}${comment()}`;
        });
        return `${open}${comment()}${body.join('')}${end}${close}`;
      };
      return styled(`${comment()}${write({ entries: list }, 0)}${comment()}`, chosen);
    });
  return orNothing(files);
}

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const bareKey = fc.constantFrom(
  'model',
  'model_provider',
  'model_providers',
  'features',
  'a',
  'b',
  'name',
  'base_url',
  'dragoman',
  'dragoman2',
  'x',
  'tools',
  '1',
);
const tomlKey = fc.oneof(bareKey, fc.constantFrom('"a b"', "'x.y'", '"ключ"', '""', "'model'", '"feat\\u0075res"'));
const tomlScalar = fc.constantFrom(
  '"text"',
  '"caf\\u00e9 \\"here\\""',
  '"# no comment"',
  "'C:\\path'",
  '"""\nmany\n[lines]\n  # no comment"""',
  "'''\n''one''\n'''",
  '42',
  '0x1F',
  '1_000',
  '-1.5e3',
  'inf',
  'true',
  'false',
  '1979-05-27T07:32:00Z',
  '1979-05-27',
  '07:32:00',
  '[1, 2]',
  '[\n  1, # one\n  [2, 3],\n]',
  '[ # none\n]',
  '[\n\t"a",\n\n\t# b\n\t"]"\n]',
  '{ x = 1, y.z = "w" }',
  '{}',
  '"🐫"',
  '[{ a = 1 }, { a = 2 }]',
);

/** The text of a TOML file; may be one that repeats a key, which the caller filters by a parser. */
export function tomlFile(): fc.Arbitrary<string> {
  const entry = fc.tuple(fc.array(tomlKey, { minLength: 1, maxLength: 3 }), tomlScalar, fc.nat(255));
  const table = fc.tuple(
    fc.array(tomlKey, { minLength: 1, maxLength: 3 }),
    fc.array(entry, { maxLength: 3 }),
    fc.nat(255),
    fc.nat(9),
  );
  const files = fc
    .tuple(fc.array(entry, { maxLength: 4 }), fc.array(table, { maxLength: 4 }), style, fc.nat(255))
    .map(([top, tables, chosen, whim]) => {
      const next = whims([whim, whim >> 2, whim >> 4, 7, 2, 5]);
      const comment = (): string => ['', '', '  # [model_providers]', ' #', '\t', '  # "é\''][next(6)] ?? '';
      const lines: string[] = [];
      const add = (list: readonly (readonly [readonly string[], string, number])[], indent: string): void => {
        for (const [path, value, odd] of list) {
          if (odd % 5 === 0) lines.push(['', '  ', '\t'][odd % 3] ?? '');
          if (odd % 7 === 0) lines.push(`${indent}# model = "x"`);
          lines.push(
            `${indent}${path.join(odd % 3 === 0 ? ' . ' : '.')}${odd % 2 === 0 ? ' = ' : '='}${value}${comment()}`,
          );
        }
      };
      add(top, '');
      for (const [path, entries, odd, kind] of tables) {
        if (odd % 3 > 0) lines.push('');
        if (odd % 5 === 0) lines.push('# about the table');
        const indent = odd % 4 === 0 ? chosen.indent : '';
        lines.push(
          kind === 0
            ? `${indent}[[${path.join('.')}]]${comment()}`
            : `${indent}[${odd % 6 === 0 ? ' ' : ''}${path.join('.')}]${comment()}`,
        );
        add(entries, indent);
      }
      return styled(lines.join('\n'), chosen);
    });
  return orNothing(files);
}
