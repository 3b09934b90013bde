import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { snippets } from '../../../../src-renderer/screens/agents/snippets.ts';

const access = { baseUrl: 'http://127.0.0.1:4747', key: "dgm_it's", model: "it's/a model" };
const textOf = (name: string): string => snippets(access).find((one) => one.name === name)?.text ?? '';

test('a shell reads the lines as they are meant', () => {
  const script = `${textOf('sh')}\nprintf '%s|' "$OPENAI_BASE_URL" "$OPENAI_API_KEY" "$ANTHROPIC_BASE_URL" "$ANTHROPIC_AUTH_TOKEN"`;
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(
    "http://127.0.0.1:4747/v1|dgm_it's|http://127.0.0.1:4747|dgm_it's|",
  );
});

test('curl gets key and body whole', () => {
  const script = `curl() { printf '%s\\n' "$@"; }\n${textOf('curl')}`;
  const args = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  expect(args).toContain("authorization: Bearer dgm_it's");
  expect(args).toContain(`"model":"it's/a model"`);
});

test('fish and PowerShell get quotes of their own', () => {
  expect(textOf('fish')).toContain(String.raw`set -gx OPENAI_API_KEY 'dgm_it\'s'`);
  expect(textOf('PowerShell')).toContain("$env:OPENAI_API_KEY = 'dgm_it''s'");
});
