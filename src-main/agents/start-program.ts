import { existsSync, readFileSync } from 'node:fs';
import { win32 } from 'node:path';

/** What is spawned so that a program gets exactly its arguments. */
export interface ProgramStart {
  readonly command: string;
  readonly args: string[];
  /** Windows: the arguments are one command line already. */
  readonly windowsVerbatimArguments: boolean;
}

/** What tells how a program is started; handed in so that Windows' rules can be tested anywhere. */
export interface StartSurroundings {
  readonly platform: NodeJS.Platform;
  /** The shell that runs batch files (`ComSpec`). */
  readonly commandShell: string;
  readonly readText: (path: string) => string;
  readonly exists: (path: string) => boolean;
}

const here: StartSurroundings = {
  platform: process.platform,
  commandShell: process.env.ComSpec ?? 'cmd.exe',
  readText: (path) => readFileSync(path, 'utf8'),
  exists: existsSync,
};

/**
 * How a program is started by its absolute path. On Windows that may be a batch file or a PowerShell script, as npm installs agents: those of npm are
 * read for the program behind them, since a batch file gets its arguments only through a shell that takes `&`, `%` and quotes in them for its own. Throws
 * where an argument can't be handed over: a batch file's end with their line.
 */
export function programStart(
  executable: string,
  args: readonly string[],
  surroundings: StartSurroundings = here,
): ProgramStart {
  if (surroundings.platform !== 'win32')
    return { command: executable, args: [...args], windowsVerbatimArguments: false };
  switch (win32.extname(executable).toLowerCase()) {
    case '.cmd':
    case '.bat':
      return behindShim(executable, args, surroundings) ?? inShell(executable, args, surroundings.commandShell);
    case '.ps1': {
      const batch = executable.slice(0, -'.ps1'.length).concat('.cmd');
      if (surroundings.exists(batch)) return programStart(batch, args, surroundings);
      const script = ['-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', executable];
      return { command: 'powershell.exe', args: [...script, ...args], windowsVerbatimArguments: false };
    }
    default:
      return { command: executable, args: [...args], windowsVerbatimArguments: false };
  }
}

/** What an executable is that only calls another program, as npm installs them on Windows: that program or script; any other is itself. */
export function programBehind(executable: string, surroundings: StartSurroundings = here): string {
  const isBatch = surroundings.platform === 'win32' && /\.(?:cmd|bat)$/i.test(executable);
  return (isBatch ? shimTarget(executable, surroundings)?.program : undefined) ?? executable;
}

/** The program that a batch file of npm's calls with all its arguments, by a path beside itself; null for any other batch file. */
function shimTarget(
  shim: string,
  { readText }: StartSurroundings,
): { readonly program: string; readonly byNode: boolean } | null {
  const text = readText(shim);
  // pnpm's says where modules are found, too.
  if (/\bNODE_PATH\b/.test(text)) return null;
  const target = /"%(?:~dp0|dp0%)\\?([^"%]+)"\s+%\*/.exec(text)?.[1];
  if (target === undefined) return null;
  const program = win32.resolve(win32.dirname(shim), target);
  if (/\.exe$/i.test(program)) return { program, byNode: false };
  return /_prog=node\b|\bnode(?:\.exe)?"?\s+"%/.test(text) ? { program, byNode: true } : null;
}

function behindShim(shim: string, args: readonly string[], surroundings: StartSurroundings): ProgramStart | null {
  const target = shimTarget(shim, surroundings);
  if (target === null) return null;
  const { program, byNode } = target;
  if (!byNode) return { command: program, args: [...args], windowsVerbatimArguments: false };
  const own = win32.join(win32.dirname(shim), 'node.exe');
  const node = surroundings.exists(own) ? own : 'node.exe';
  return { command: node, args: [program, ...args], windowsVerbatimArguments: false };
}

/** Through the shell, with everything quoted that it could take for its own, once for its line and once more for that in the batch file. */
function inShell(batch: string, args: readonly string[], shell: string): ProgramStart {
  if ([batch, ...args].some((word) => /[\r\n]/.test(word))) {
    throw new Error(`${batch} is a batch file, which can be given no text of several lines`);
  }
  const line = [caretEscaped(`"${batch}"`), ...args.map((arg) => caretEscaped(caretEscaped(quotedArgument(arg))))].join(
    ' ',
  );
  return { command: shell, args: ['/d', '/s', '/c', `"${line}"`], windowsVerbatimArguments: true };
}

/** As programs take their command line apart: a backslash counts for itself but before a quote. */
function quotedArgument(text: string): string {
  return `"${text.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

function caretEscaped(text: string): string {
  return text.replaceAll(/[()[\]%!^"`<>&|;, *?]/g, '^$&');
}
