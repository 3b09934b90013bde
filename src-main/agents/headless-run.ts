import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { programStart } from './start-program.ts';

export interface HeadlessStart {
  /** Absolute path. */
  readonly executable: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** What it reads from its input. */
  readonly task: string;
}

/** How a program ended. `failure`: why it did not even start; else null. */
export interface HeadlessEnd {
  readonly code: number | null;
  readonly failure: string | null;
}

export interface HeadlessRun {
  readonly ended: Promise<HeadlessEnd>;
  /** The end of what it wrote to both its outputs so far, without colours, local keys masked. */
  output(): string;
  /** Ends it and what it has started. */
  stop(): void;
}

/** How much of the output is kept, in characters. */
const keptCharacters = 8_000;

/** Starts a program without a terminal, in a process group of its own. */
export function startHeadless({ executable, args, environment, folder, task }: HeadlessStart): HeadlessRun {
  // Windows calls it `Path`.
  const path = Object.keys(environment).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const { command, args: words, ...options } = programStart(executable, args);
  const child = spawn(command, words, {
    ...options,
    cwd: folder,
    // What nvm and the like install finds its own Node beside itself, not on the PATH of an app.
    env: { ...environment, [path]: [environment[path] ?? '', dirname(executable)].filter(Boolean).join(delimiter) },
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  const listen = (stream: NodeJS.ReadableStream): void => {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output = `${output}${text}`.slice(-keptCharacters);
    });
  };
  listen(child.stdout);
  listen(child.stderr);
  // A program that does not read its input says so by its end, not here.
  child.stdin.on('error', () => undefined);
  child.stdin.end(task);
  const ended = new Promise<HeadlessEnd>((resolve) => {
    child.once('error', (error) => resolve({ code: null, failure: error.message }));
    // What it leaves behind would hold its output open.
    child.once('exit', () => stopTree(child));
    child.once('close', (code) => resolve({ code, failure: null }));
  });
  return { ended, output: () => legible(output), stop: () => stopTree(child) };
}

function stopTree(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    if (child.exitCode !== null) return;
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { windowsHide: true, stdio: 'ignore' }).on('error', () =>
      child.kill(),
    );
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // All of the group has ended.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function legible(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of terminals begin with one
      .replaceAll(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-Z\\^_])/g, '')
      .replaceAll(/dgm_[\w-]+/g, 'dgm_•••')
      .replaceAll('\r\n', '\n')
      .trim()
  );
}
