/** What odd ways of writing stand in a configuration file: so that a test can count that its generated files have each. */
export type Ingredients = Readonly<Record<string, (text: string) => boolean>>;

const has =
  (pattern: RegExp) =>
  (text: string): boolean =>
    pattern.test(text);

const inAnyFormat: Ingredients = {
  'nothing at all': (text) => text === '',
  'blanks alone': has(/^\s+$/),
  'a byte order mark': (text) => text.startsWith('\uFEFF'),
  'lines that end with CR LF': (text) => text.includes('\r\n') && !/[^\r]\n/.test(text),
  'both kinds of line ends': (text) => text.includes('\r\n') && /[^\r]\n/.test(text),
  'a last line without an end': has(/[^\n]$/),
  'lines indented by tabs': has(/^\t+\S/m),
  'lines indented by an odd number of blanks': has(/^(?: {2})* \S/m),
  'blanks at the end of a line': has(/\S[ \t]+\r?$/m),
  'empty lines': has(/^\s*\r?\n[ \t]*\r?\n/m),
  'letters beyond ASCII': has(/[\u0080-\uFEFE]/),
  'letters by their number': has(/\\u00/),
};

const inAnyJson: Ingredients = {
  ...inAnyFormat,
  'a key that looks like ours': has(/"(?:ENV|env2|models|providers)"\s*:/),
  'a key of ours with another value': has(/"(?:env|model|provider)"\s*:/),
  'an object that is empty': has(/\{\s*\}/),
  'braces in a text': has(/"(?:\{\}|, \})"/),
  'a key that stands twice': has(/"not this"/),
};

export const jsonIngredients: Ingredients = {
  ...inAnyJson,
  'what looks like a comment in a text': has(/"\/[/*] /),
};

export const commentedJsonIngredients: Ingredients = {
  ...jsonIngredients,
  'a comment before all': has(/^\uFEFF?\s*\/[/*]/),
  'a comment behind all': has(/\}\s*(?:\/\/[^\n]*\n?|\/\*[^*]*(?:\*(?!\/)[^*]*)*\*\/)\s*$/),
  'a comment between key and colon': has(/"\s*(?:\/\*[^*]*\*\/|\/\/[^\n]*\n)\s*:/),
  'a comment between colon and value': has(/:\s*\/[/*]/),
  'a comment before a comma': has(/\*\/\s*,\s*[\n"]/),
  'a comment behind a comma': has(/[\]}"el\d],\s*\/[/*]/),
  'a comment where an object is empty': has(/\{\s*(?:\/\*[^*]*\*\/|\/\/[^\n]*\n)\s*\}/),
  'a comment over several lines': has(/\/\*[^/]*\n[^/]*\*\//),
};

export const jsoncIngredients: Ingredients = {
  ...commentedJsonIngredients,
  'a comma before a closing bracket': has(/,\s*[}\]]/),
};

export const tomlIngredients: Ingredients = {
  ...inAnyFormat,
  'a comment on its own line': has(/^[ \t]*#/m),
  'a comment behind a value': has(/= ?\S[^\n]*[ \t]#/),
  'a comment behind a table’s name': has(/^[ \t]*\[[^\n]*\][ \t]+#/m),
  'a comment that looks like a key of ours': has(/# model = "x"/),
  'a comment that looks like a table of ours': has(/# \[model_providers\]/),
  'a key that looks like ours': has(/^[ \t]*(?:model_provider|name|base_url) ?=/m),
  'a key of ours with another value': has(/^[ \t]*model ?=/m),
  'a table of ours': has(/^[ \t]*\[ ?(?:features|model_providers)[.\]]/m),
  'a dotted key': has(/^[ \t]*\w+\.\w+[ =]/m),
  'a dotted key with blanks': has(/^[ \t]*\w+ \. \w+/m),
  'a quoted key': has(/^[ \t]*["'][^\n]*["'] ?=/m),
  'a key in an inline table': has(/= ?\{ \w+ = /),
  'an empty inline table': has(/= ?\{\}/),
  'a nested table': has(/^[ \t]*\[ ?[^[\]\n]+\.[^[\]\n]+\]/m),
  'a list of tables': has(/^[ \t]*\[\[/m),
  'inline tables in a list': has(/\[\{/),
  'a text over several lines': has(/"""/),
  'a literal text over several lines': has(/'''/),
  'a list over several lines': has(/= ?\[\r?\n/),
  'a comment in a list': has(/= ?\[[^\]]*#/),
  'what looks like a comment in a text': has(/"# no comment"/),
  'a date': has(/1979-05-27/),
};
