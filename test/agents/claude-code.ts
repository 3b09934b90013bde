import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { executables } from '../tiers.mjs';
import { type AgentOptions, type AgentRun, agentEnvironment, readmeEnvironment, runAgent } from './agent.ts';

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

/** The environment that the README has users export. */
function claudeEnvironment(options: AgentOptions): NodeJS.ProcessEnv {
  return agentEnvironment(options.home, {
    ...readmeEnvironment('Claude Code', options),
    DISABLE_AUTOUPDATER: '1',
  });
}

/** Starts the released Claude Code (2.1.329), headless, for turns of a conversation. */
export function startClaudeCode(
  options: AgentOptions,
  environment: Readonly<Record<string, string>> = {},
): ClaudeCodeSession {
  const child = spawn(
    executables.claudeCode,
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
      env: { ...claudeEnvironment(options), ...environment },
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

/** Runs `claude -p --bare` to its end: the agent with three tools and a small prompt. */
export function runClaudeCode(prompt: string, options: AgentOptions): Promise<AgentRun> {
  return runAgent(executables.claudeCode, ['-p', prompt, '--bare', '--allowedTools', 'Bash'], {
    cwd: options.cwd,
    env: claudeEnvironment(options),
  });
}
