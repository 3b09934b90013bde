import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { nodeExecutable } from '../node-executable.mjs';
import { root } from '../tiers.mjs';
import { firstJsonLine, type Program, startProgram } from './program.ts';

export const dragomanProgram = join(root, 'bin/dragoman.mjs');

/** The environment of a test's Dragoman: no home, key or npm of the surroundings reaches it, and no keychain of the person who tests. */
export function plainEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|DRAGOMAN_)/i.test(name));
  return { ...Object.fromEntries(own), DRAGOMAN_KEYCHAIN: 'off', ...extra };
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end, with `input` on its standard input. */
export async function dragoman(
  args: readonly string[],
  { env = plainEnvironment(), input = '' }: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Promise<Finished> {
  const child = spawn(nodeExecutable(), [dragomanProgram, ...args], { env, stdio: 'pipe' });
  child.stdin.on('error', () => undefined).end(input);
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr };
}

export interface Listening {
  readonly event: string;
  readonly pid: number;
  readonly gateway: string;
  readonly ui: string | null;
  readonly key: string | null;
}

/** What `serve --json` says once it listens. Rejects where it ends before that. */
export async function listeningLine(program: Program): Promise<Listening> {
  const { event, pid, gateway, ui, key } = await firstJsonLine(program);
  if (typeof event !== 'string' || typeof pid !== 'number' || typeof gateway !== 'string') {
    throw new Error('the listening line lacks event, pid or gateway');
  }
  return { event, pid, gateway, ui: typeof ui === 'string' ? ui : null, key: typeof key === 'string' ? key : null };
}

/** Starts `serve --json` with these further arguments. */
export function startDragoman(args: readonly string[], env: NodeJS.ProcessEnv = plainEnvironment()): Program {
  return startProgram(nodeExecutable(), [dragomanProgram, 'serve', '--json', ...args], env);
}
