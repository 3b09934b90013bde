import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concealLine } from '../../../src-main/agents/conceal-line.ts';
import { merged, splicesBetween } from '../../../src-main/agents/text-merge.ts';
import { unifiedDiff } from '../../../src-main/agents/unified-diff.ts';

const plain = (line: string): string => line;
const text = fc
  .array(fc.constantFrom('a\n', 'b\n', 'c\n', 'd\r\n', '\n', 'end'), { maxLength: 14 })
  .map((lines) => lines.join(''));

/** What a unified diff makes of a text, by its definition. */
function patched(from: string, diff: string): string {
  const lines = from.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  let at = 0;
  let result = '';
  const rows = diff.match(/[^\n]*\n/g)?.slice(2) ?? [];
  for (const [index, row] of rows.entries()) {
    const start = /^@@ -(\d+)(?:,(\d+))? /.exec(row);
    if (start !== null) {
      const first = Number(start[1]) - (start[2] === '0' ? 0 : 1);
      while (at < first) result += lines[at++];
      continue;
    }
    const body = rows[index + 1]?.startsWith('\\') ? row.slice(1, -1) : row.slice(1);
    if (row.startsWith(' ') || row.startsWith('-')) {
      expect(body).toBe(lines[at]);
      at += 1;
    }
    if (row.startsWith(' ') || row.startsWith('+')) result += body;
  }
  return result + lines.slice(at).join('');
}

describe('a unified diff', () => {
  it('makes the new text of the old one', () => {
    fc.assert(
      fc.property(text, text, (from, to) => {
        fc.pre(from !== to);
        expect(patched(from, unifiedDiff('/x', from, to, plain))).toBe(to);
      }),
      { numRuns: 2_000 },
    );
  });
  it('is written as diff -u writes it', () => {
    expect(unifiedDiff('/x', 'a\nb\nc\nd\ne\nf\n', 'a\nb\nc\nd\nE\nf', plain)).toBe(
      '--- /x\n+++ /x\n@@ -2,5 +2,5 @@\n b\n c\n d\n-e\n-f\n+E\n+f\n\\ No newline at end of file\n',
    );
    expect(unifiedDiff('/x', null, 'a\n', plain)).toBe('--- /dev/null\n+++ /x\n@@ -0,0 +1 @@\n+a\n');
    expect(unifiedDiff('/x', 'a\n', null, plain)).toBe('--- /x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n');
    expect(unifiedDiff('/x', 'a\n', 'a\n', plain)).toBe('');
  });
  it('shows no secret', () => {
    const shown = (line: string): string => concealLine(line);
    expect(shown('  "ANTHROPIC_AUTH_TOKEN": "dgm_0123456789012345678901234567890123456789012",')).not.toContain('dgm_');
    expect(shown('experimental_bearer_token = "abc def"')).toBe('experimental_bearer_token = "•••"');
    expect(shown("api-key: 'hunter2 \" x'")).toBe("api-key: '•••'");
    expect(shown('args = ["--key", "sk-ant-0123456789abcdef"]')).toBe('args = ["--key", "•••"]');
    expect(shown('"CLAUDE_CODE_MAX_CONTEXT_TOKENS": "65536"')).toBe('"CLAUDE_CODE_MAX_CONTEXT_TOKENS": "65536"');
    expect(shown('"apiKey": "{env:MINE}"')).toBe('"apiKey": "{env:MINE}"');
  });
});

describe('merging', () => {
  it('makes both sides’ changes, or says that they meet', () => {
    fc.assert(
      fc.property(text, text, (common, other) => {
        expect(merged(common, common, other)).toBe(other);
        expect(merged(common, other, common)).toBe(other);
        expect(splicesBetween(common, common)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
    expect(merged('a\nb\nc\nd\n', 'A\nb\nc\nd\n', 'a\nb\nc\nd\ne\n')).toBe('A\nb\nc\nd\ne\n');
    expect(merged('a\nb\n', 'x\nb\n', 'y\nb\n')).toBeNull();
  });
});
