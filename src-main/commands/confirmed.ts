import { createInterface } from 'node:readline/promises';
import type { CommandContext } from './context.ts';

/** Asks a person at a terminal, on standard error; scripts (`--json`, or standard input that is no terminal) are not asked. */
export async function confirmed({ json }: CommandContext, question: string): Promise<boolean> {
  if (json || !process.stdin.isTTY) return true;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
