import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program that opens a terminal in which a command runs. */
export interface TerminalStart {
  readonly program: string;
  readonly args: readonly string[];
  /** Windows: the arguments are one command line already. */
  readonly windowsVerbatimArguments?: true;
}

export interface TerminalRequest {
  /** The program, by its absolute path, and its arguments. */
  readonly command: readonly string[];
  /** Where it runs; absolute. */
  readonly folder: string;
}

/** What failed vanishes with its terminal unless someone waits. */
const waiting = '"$@" || { printf "\\nIt ended with %s. Press Enter to close this terminal. " "$?"; read -r _; }';

/**
 * The terminals of Linux in the order in which they are tried: what the user named, what the system names as its own (xdg-terminal-exec,
 * Debian's x-terminal-emulator), then those of the desktops. How each takes a command is in its manual.
 */
export function linuxTerminals(
  { command }: TerminalRequest,
  environment: Readonly<Record<string, string | undefined>>,
): readonly TerminalStart[] {
  const run = ['sh', '-c', waiting, 'sh', ...command];
  const known: readonly (readonly [string, ...string[]])[] = [
    ['xdg-terminal-exec'],
    ['x-terminal-emulator', '-e'],
    ['ptyxis', '--'],
    ['kgx', '--'],
    ['gnome-terminal', '--'],
    ['konsole', '-e'],
    ['xfce4-terminal', '-x'],
    ['kitty'],
    ['alacritty', '-e'],
    ['wezterm', 'start', '--'],
    ['ghostty', '-e'],
    ['foot'],
    ['tilix', '-e'],
    ['xterm', '-e'],
  ];
  const { TERMINAL } = environment;
  const named = known.filter(([program]) => program === TERMINAL);
  const own = TERMINAL && named.length === 0 ? [[TERMINAL, '-e'] as const] : named;
  return [...own, ...known].map(([program, ...options]) => ({ program, args: [...options, ...run] }));
}

/** Windows Terminal, which takes a `;` for the end of a command, else a console window. `script`: the absolute path of what windowsScript has made. */
export function windowsTerminals(script: string): readonly TerminalStart[] {
  const console = `/d /s /c "start "Dragoman" cmd.exe /d /s /k ""${script}"""`;
  return [
    { program: 'wt.exe', args: ['cmd.exe', '/d', '/k', script.replaceAll(';', '\\;')] },
    { program: 'cmd.exe', args: [console], windowsVerbatimArguments: true },
  ];
}

/** A batch file, which alone gets words with blanks through a terminal and a shell; it takes itself away. */
export function windowsScript({ command, folder }: TerminalRequest): string {
  const quoted = (text: string): string => `"${text.replaceAll('%', '%%')}"`;
  const lines = ['@echo off', 'chcp 65001 >nul', `cd /d ${quoted(folder)}`, command.map(quoted).join(' ')];
  return [...lines, '(goto) 2>nul & del "%~f0"', ''].join('\r\n');
}

/** A script for whatever terminal opens `.command` files; it takes itself away. */
export function macScript({ command, folder }: TerminalRequest): string {
  return `#!/bin/sh\nrm -f "$0"\ncd ${word(folder)} || exit 1\nexec ${command.map(word).join(' ')}\n`;
}

/** Opens the user's terminal; rejects where there is none that is known. */
export async function openTerminal(
  request: TerminalRequest,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  for (const start of await terminals(request, environment)) {
    if (await starts(start, request.folder)) return;
  }
  throw new Error('No terminal was found. Copy the command and run it in yours.');
}

async function terminals(
  request: TerminalRequest,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly TerminalStart[]> {
  if (process.platform === 'win32') return windowsTerminals(await scriptFile('Dragoman.cmd', windowsScript(request)));
  if (process.platform !== 'darwin') return linuxTerminals(request, environment);
  return [{ program: '/usr/bin/open', args: [await scriptFile('Dragoman.command', macScript(request))] }];
}

async function scriptFile(name: string, text: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'dragoman-start-')), name);
  await writeFile(file, text, { mode: 0o700 });
  return file;
}

/** False where there is no such program. It lives on without this one. */
function starts({ program, args, ...options }: TerminalStart, folder: string): Promise<boolean> {
  const child = spawn(program, [...args], { ...options, cwd: folder, detached: true, stdio: 'ignore' });
  child.unref();
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
  });
}

function word(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
