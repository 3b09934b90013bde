import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { linuxTerminals, macScript, windowsScript, windowsTerminals } from '../../../src-main/desktop/terminal.ts';

const request = { command: ['/opt/Dragoman/dragoman', 'run', 'codex', '--model', "it's/a model"], folder: '/tmp' };

describe('on Linux', () => {
  test('the terminal that the user named comes first, with its own way to take a command', () => {
    const first = (TERMINAL?: string) => linuxTerminals(request, TERMINAL === undefined ? {} : { TERMINAL })[0];
    expect(first('gnome-terminal')?.program).toBe('gnome-terminal');
    expect(first('gnome-terminal')?.args.slice(0, 2)).toEqual(['--', 'sh']);
    expect(first('st')?.args.slice(0, 2)).toEqual(['-e', 'sh']);
    expect(first()?.program).toBe('xdg-terminal-exec');
  });

  test('what ends well ends its terminal, and what fails is held until it was read', () => {
    const run = (command: readonly string[], input?: string) => {
      const { args } = linuxTerminals({ command, folder: '/tmp' }, {})[0] ?? { args: [] };
      const [shell = '', ...rest] = args;
      return execFileSync(shell, rest, { encoding: 'utf8', ...(input !== undefined && { input }) });
    };
    expect(run(['printf', '%s', "it's a word"])).toBe("it's a word");
    expect(run(['sh', '-c', 'exit 7'], '\n')).toContain('It ended with 7. Press Enter');
  });
});

test('on macOS a script goes to the folder, is what was asked for, and takes itself away', () => {
  const folder = mkdtempSync(join(tmpdir(), "dragoman it's "));
  const file = join(folder, 'Dragoman.command');
  try {
    writeFileSync(file, macScript({ folder, command: ['sh', '-c', 'pwd; printf "%s|" "$@"', ...request.command] }));
    expect(execFileSync('sh', [file], { encoding: 'utf8' })).toBe(`${folder}\nrun|codex|--model|it's/a model|`);
    expect(existsSync(file)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('on Windows', () => {
  test('each word stays one in the script, whatever a shell would take in it for its own', () => {
    const command = ['C:\\Program Files\\A & B\\Dragoman.exe', 'run', 'codex', '--model', 'box/100% (new)'];
    const lines = windowsScript({ command, folder: 'C:\\Users\\A & B' }).split('\r\n');
    expect(lines).toContain('cd /d "C:\\Users\\A & B"');
    expect(lines).toContain('"C:\\Program Files\\A & B\\Dragoman.exe" "run" "codex" "--model" "box/100%% (new)"');
  });

  test('each terminal is handed the script alone, quoted in its own way', () => {
    const [terminal, console] = windowsTerminals('C:\\Temp;1\\a b.cmd');
    expect(terminal?.args.at(-1)).toBe('C:\\Temp\\;1\\a b.cmd');
    // With /s the shell takes the first and the last quote away, and nothing else.
    expect(console?.args).toEqual(['/d /s /c "start "Dragoman" cmd.exe /d /s /k ""C:\\Temp;1\\a b.cmd"""']);
  });
});
