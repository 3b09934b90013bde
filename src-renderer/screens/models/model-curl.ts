import { quoted } from '../../shell-word.ts';

/** Ready requests for a shell; the key stands in an environment variable, not in the text. */

const question = 'Say hello in one word.';

export function messagesCurl(baseUrl: string, model: string): string {
  return curl(`${baseUrl}/v1/messages`, ['x-api-key: $DRAGOMAN_KEY', 'anthropic-version: 2023-06-01'], {
    model,
    max_tokens: 256,
    messages: [{ role: 'user', content: question }],
  });
}

export function chatCurl(baseUrl: string, model: string): string {
  return curl(`${baseUrl}/v1/chat/completions`, ['authorization: Bearer $DRAGOMAN_KEY'], {
    model,
    messages: [{ role: 'user', content: question }],
  });
}

export function responsesCurl(baseUrl: string, model: string): string {
  return curl(`${baseUrl}/v1/responses`, ['authorization: Bearer $DRAGOMAN_KEY'], { model, input: question });
}

export function embeddingsCurl(baseUrl: string, model: string): string {
  return curl(`${baseUrl}/v1/embeddings`, ['authorization: Bearer $DRAGOMAN_KEY'], { model, input: question });
}

/** The same with the key itself: a local key holds nothing that means something to a shell within double quotes. */
export function withKey(text: string, key: string): string {
  return text.replace('$DRAGOMAN_KEY', () => key);
}

/** Headers in double quotes, so that the shell fills the variables in; the body in single ones, so that it does not. */
function curl(url: string, headers: readonly string[], body: object): string {
  const lines = [
    `curl ${url}`,
    ...[...headers, 'content-type: application/json'].map((header) => `  -H "${header}"`),
    `  -d ${quoted(JSON.stringify(body, null, 2))}`,
  ];
  return lines.join(' \\\n');
}
