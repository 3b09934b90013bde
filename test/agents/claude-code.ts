import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { claudeCode } from '../tiers.mjs';

/** One turn of a session: what stream-json's `result` line says (Claude Code 2.1.329). */
const resultSchema = z.looseObject({
  type: z.literal('result'),
  subtype: z.string(),
  is_error: z.boolean(),
  result: z.string().default(''),
  num_turns: z.number(),
});
export type TurnResult = z.infer<typeof resultSchema>;

/** A running Claude Code with a home and a working directory of its own. */
export interface ClaudeCodeSession {
  /** Sends a user's message and waits until the turn is over. Rejects when the program ends instead, with what it wrote. */
  say(text: string): Promise<TurnResult>;
  /** Everything it wrote on stdout and stderr so far. */
  transcript(): string;
  /** Closes its input and waits until it has ended; resolves with its exit code. */
  end(): Promise<number | null>;
}

export interface ClaudeCodeOptions {
  /** Base URL of the gateway. */
  readonly gateway: string;
  readonly key: string;
  readonly model: string;
  readonly home: string;
  readonly cwd: string;
}

/**
 * Starts the released Claude Code, headless, as a user sets it up by hand for a gateway: environment variables and nothing else.
 * Where the tier could not be given a network namespace, every way out leads to a port where nothing listens.
 */
export function startClaudeCode(options: ClaudeCodeOptions): ClaudeCodeSession {
  const isolated = process.env.DRAGOMAN_NETWORK === 'loopback';
  const nowhere = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' };
  const child = spawn(
    claudeCode,
    [
      '-p',
      '--input-format',
      'stream-json',
      '--output-format',
      'stream-json',
      '--verbose',
      '--permission-mode',
      'acceptEdits',
    ],
    {
      cwd: options.cwd,
      env: {
        PATH: process.env.PATH,
        HOME: options.home,
        TERM: 'dumb',
        ANTHROPIC_BASE_URL: options.gateway,
        ANTHROPIC_AUTH_TOKEN: options.key,
        ANTHROPIC_MODEL: options.model,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
        ...(isolated ? {} : nowhere),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  let transcript = '';
  const waiting: { readonly resolve: (result: TurnResult) => void; readonly reject: (error: Error) => void }[] = [];
  const ended = once(child, 'exit');
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    transcript += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    transcript += `${line}\n`;
    const parsed = line.startsWith('{') ? resultSchema.safeParse(JSON.parse(line)) : null;
    if (parsed?.success) waiting.shift()?.resolve(parsed.data);
  });
  const fail = (why: string) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`Claude Code ${why}\n${transcript.slice(-4000)}`));
  };
  child.on('error', (error) => fail(error.message));
  child.on('exit', (code, signal) => fail(`ended with ${code ?? signal}`));
  return {
    say(text) {
      const message = { type: 'user', message: { role: 'user', content: text } };
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify(message)}\n`);
      });
    },
    transcript: () => transcript,
    async end() {
      child.stdin.end();
      const patience = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(patience);
      return child.exitCode;
    },
  };
}
