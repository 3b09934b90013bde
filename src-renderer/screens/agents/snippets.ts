import { quoted } from '../../shell-word.ts';

/** What a tool has to know to use the gateway. */
export interface Access {
  /** Without `/v1`. */
  readonly baseUrl: string;
  readonly key: string;
  readonly model: string;
}

export interface Snippet {
  readonly value: string;
  readonly name: string;
  readonly text: string;
}

/** The variables that most OpenAI- and Anthropic-compatible tools read; OpenAI's base URL has `/v1`, Anthropic's has not. */
function variables({ baseUrl, key }: Access): readonly (readonly [string, string])[] {
  return [
    ['OPENAI_BASE_URL', `${baseUrl}/v1`],
    ['OPENAI_API_KEY', key],
    ['ANTHROPIC_BASE_URL', baseUrl],
    ['ANTHROPIC_AUTH_TOKEN', key],
  ];
}

/** The same for each place where one would put it. */
export function snippets(access: Access): readonly Snippet[] {
  const all = variables(access);
  const lines = (line: (name: string, value: string) => string): string =>
    all.map(([name, value]) => line(name, value)).join('\n');
  return [
    { value: 'sh', name: 'sh', text: lines((name, value) => `export ${name}=${quoted(value)}`) },
    { value: 'fish', name: 'fish', text: lines((name, value) => `set -gx ${name} ${fishWord(value)}`) },
    {
      value: 'powershell',
      name: 'PowerShell',
      text: lines((name, value) => `$env:${name} = ${powershellWord(value)}`),
    },
    { value: 'env', name: '.env', text: lines((name, value) => `${name}=${value}`) },
    { value: 'curl', name: 'curl', text: curl(access) },
  ];
}

function curl({ baseUrl, key, model }: Access): string {
  const body = { model, messages: [{ role: 'user', content: 'Say hello in one word.' }] };
  return [
    `curl ${baseUrl}/v1/chat/completions`,
    `  -H ${quoted(`authorization: Bearer ${key}`)}`,
    '  -H "content-type: application/json"',
    `  -d ${quoted(JSON.stringify(body))}`,
  ].join(' \\\n');
}

/** In fish's single quotes only `\` and `'` are special. */
function fishWord(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function powershellWord(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
