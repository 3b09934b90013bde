import { join } from 'node:path';
import type { Surroundings } from './coding-agent.ts';
import { programOutput } from './program-output.ts';

/** A distribution that has to start a login shell takes its time; milliseconds. */
const limitMs = 10_000;

/** Windows' subsystem for Linux, as Windows reaches it. */
export interface Wsl {
  /** Names of the distributions that run: asking another one would start it. */
  running(): Promise<readonly string[]>;
  /** What a script for sh prints in a distribution, by its default user; null where it fails or takes too long. */
  script(distribution: string, text: string): Promise<string | null>;
  /** A path of Linux as Windows names it. */
  path(distribution: string, linuxPath: string): string;
  /** The other way round; null for a path of none of them. */
  inside(path: string): { readonly distribution: string; readonly path: string } | null;
}

/** Null where there is no such thing. */
export function createWsl({ platform, environment }: Surroundings): Wsl | null {
  if (platform !== 'win32') return null;
  const { SystemRoot } = environment;
  const program = SystemRoot === undefined ? 'wsl.exe' : join(SystemRoot, 'System32', 'wsl.exe');
  return {
    running: async () => {
      const output = await programOutput(program, ['-l', '-q', '--running'], environment, limitMs);
      return namesIn(output);
    },
    // By its input, for of the words of its command line the program makes something of its own.
    script: async (distribution, text) => {
      const output = await programOutput(program, ['-d', distribution, '-e', 'sh', '-l'], environment, limitMs, text);
      return output?.toString('utf8') ?? null;
    },
    path: (distribution, path) => `\\\\wsl.localhost\\${distribution}${path.replaceAll('/', '\\')}`,
    inside: (path) => {
      const [, distribution, rest] = /^\\\\wsl(?:\.localhost|\$)\\([^\\]+)(\\.*)$/i.exec(path) ?? [];
      if (distribution === undefined || rest === undefined) return null;
      return { distribution, path: rest.replaceAll('\\', '/') };
    },
  };
}

/** It writes UTF-16, or UTF-8 where `WSL_UTF8` is set; the distributions of Docker Desktop are nobody's home. */
function namesIn(output: Buffer | null): readonly string[] {
  if (output === null) return [];
  const text = output.includes(0) ? output.toString('utf16le') : output.toString('utf8');
  const names = text.replace(/^\uFEFF/, '').split(/[\r\n]+/);
  return names.map((name) => name.trim()).filter((name) => name !== '' && !/^docker-desktop(?:-data)?$/.test(name));
}

/** A text as one word of a script for sh. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
