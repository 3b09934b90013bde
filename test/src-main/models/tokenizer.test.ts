import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createTokenizer } from '../../../src-main/models/tokenizer.ts';
import { nodeExecutable } from '../../node-executable.mjs';

const going = () => new AbortController().signal;

test('counts all texts together, and again after it was closed', async () => {
  const tokenizer = createTokenizer();
  expect(await tokenizer.count(['The quick brown fox', ' fox fox'], going())).toBe(6);
  await tokenizer.close();
  expect(await tokenizer.count([' fox'], going())).toBe(1);
  await tokenizer.close();
});

test('closing fails what is still being counted', async () => {
  const tokenizer = createTokenizer();
  const pending = expect(tokenizer.count(['x'], going())).rejects.toThrow('the tokenizer was closed');
  await tokenizer.close();
  await pending;
});

test('keeps no process alive once it has counted', async () => {
  const source = new URL('../../../src-main/models/tokenizer.ts', import.meta.url).href;
  const program = `import { createTokenizer } from '${source}'; console.log(await createTokenizer().count([' fox'], new AbortController().signal));`;
  const { stdout } = await promisify(execFile)(nodeExecutable(), ['--input-type=module', '-e', program], {
    timeout: 10_000,
  });
  expect(stdout.trim()).toBe('1');
});
