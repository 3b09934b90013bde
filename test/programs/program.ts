import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that a test started. */
export interface Program {
  readonly child: ChildProcess;
  /** Everything it wrote to stderr so far. */
  errors(): string;
  /** Asks it to end (SIGTERM), kills it after 5 s, and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts a program with its stdout piped and its stderr kept. Without `env` it inherits the environment. */
export function startProgram(
  command: string,
  options: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  cwd?: string,
): Program {
  const child = spawn(command, options, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-1_000_000);
  });
  child.on('error', (error) => {
    errors += `${error.message}\n`;
  });
  return {
    child,
    errors: () => errors,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const gone = once(child, 'exit');
      const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
      child.kill('SIGTERM');
      await gone;
      clearTimeout(patience);
    },
  };
}

/** The first line on the program's stdout that is a JSON object; later output is read and dropped. Rejects when it ends before that. */
export async function firstJsonLine(program: Program): Promise<Record<string, unknown>> {
  const { child } = program;
  if (child.stdout === null) throw new Error('stdout is not piped');
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      if (!line.startsWith('{')) return;
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null) resolve({ ...value });
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`ended with ${code ?? signal}: ${program.errors()}`)));
  });
}
