import { describe, expect, it } from 'vitest';
import { programBehind, programStart, type StartSurroundings } from '../../../src-main/agents/start-program.ts';

const npm = 'C:\\Users\\A & B\\AppData\\Roaming\\npm';

/** As npm 11 writes it (cmd-shim). */
const shimOf = (target: string, node: boolean): string =>
  `@ECHO off
GOTO start
:find_dp0
SET dp0=%~dp0
EXIT /b
:start
SETLOCAL
CALL :find_dp0
${
  node
    ? `
IF EXIST "%dp0%\\node.exe" (
  SET "_prog=%dp0%\\node.exe"
) ELSE (
  SET "_prog=node"
  SET PATHEXT=%PATHEXT:;.JS;=;%
)

endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  `
    : ''
}"%dp0%\\${target}"   %*
`.replaceAll('\n', '\r\n');

function windows(files: Readonly<Record<string, string>> = {}): StartSurroundings {
  return {
    platform: 'win32',
    commandShell: 'C:\\Windows\\system32\\cmd.exe',
    readText: (path) => files[path] ?? '@echo off\r\n"C:\\tools\\agent.exe" %*\r\n',
    exists: (path) => path in files,
  };
}

/** What texts of these an agent may be given: settings as JSON, TOML values, prompts. */
const awkward = [
  'plain',
  'two words',
  '',
  '{"env":{"A":"b & c","P":"100%"}}',
  'model_providers.dragoman.base_url="http://127.0.0.1:4747/v1?a=1&b=2"',
  'a\\b\\',
  'ends in \\"',
  '%PATH%',
  '^caret^ !bang! (x) <y> |z|',
  'é 日本語 👋',
  "it's `this`",
];

describe('a program', () => {
  it('is started as it is where the system takes arguments one by one', () => {
    const start = { command: '/opt/a & b/codex', args: awkward, windowsVerbatimArguments: false };
    expect(programStart('/opt/a & b/codex', awkward, { ...windows(), platform: 'linux' })).toEqual(start);
    expect(programStart('/opt/x.cmd', awkward, { ...windows(), platform: 'darwin' })).toMatchObject({
      command: '/opt/x.cmd',
    });
    const exe = 'C:\\Program Files\\codex.exe';
    expect(programStart(exe, awkward, windows())).toEqual({
      command: exe,
      args: awkward,
      windowsVerbatimArguments: false,
    });
  });
});

describe('an agent that npm has installed on Windows', () => {
  const shim = `${npm}\\codex.cmd`;
  const script = `${npm}\\node_modules\\@openai\\codex\\bin\\codex.js`;

  it('is started without a shell: by Node, that beside it if there is one', () => {
    const text = shimOf('node_modules\\@openai\\codex\\bin\\codex.js', true);
    const args = [script, ...awkward];
    expect(programStart(shim, awkward, windows({ [shim]: text }))).toEqual({
      command: 'node.exe',
      args,
      windowsVerbatimArguments: false,
    });
    const node = `${npm}\\node.exe`;
    expect(programStart(shim, awkward, windows({ [shim]: text, [node]: '' }))).toEqual({
      command: node,
      args,
      windowsVerbatimArguments: false,
    });
  });

  it('is known for what it is, so that its package tells its version', () => {
    const text = shimOf('node_modules\\@openai\\codex\\bin\\codex.js', true);
    expect(programBehind(shim, windows({ [shim]: text }))).toBe(script);
    expect(programBehind(shim, windows())).toBe(shim);
    expect(programBehind('C:\\codex.exe', windows())).toBe('C:\\codex.exe');
    expect(programBehind('/usr/bin/codex', { ...windows(), platform: 'linux' })).toBe('/usr/bin/codex');
  });

  it('is started itself where it is a program', () => {
    const text = shimOf('node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe', false);
    expect(programStart(`${npm}\\claude.cmd`, awkward, windows({ [`${npm}\\claude.cmd`]: text }))).toEqual({
      command: `${npm}\\node_modules\\@anthropic-ai\\claude-code\\bin\\claude.exe`,
      args: awkward,
      windowsVerbatimArguments: false,
    });
  });

  it('is found behind the shims of older npm and of yarn, too', () => {
    const text = `@IF EXIST "%~dp0\\node.exe" (\r\n  "%~dp0\\node.exe"  "%~dp0\\..\\lib\\qwen.js" %*\r\n) ELSE (\r\n  node  "%~dp0\\..\\lib\\qwen.js" %*\r\n)`;
    expect(programStart(`${npm}\\qwen.cmd`, [], windows({ [`${npm}\\qwen.cmd`]: text }))).toMatchObject({
      command: 'node.exe',
      args: ['C:\\Users\\A & B\\AppData\\Roaming\\lib\\qwen.js'],
    });
  });

  it('as a PowerShell script is started by the batch file beside it, else by PowerShell', () => {
    const text = shimOf('node_modules\\x\\x.exe', false);
    expect(programStart(`${npm}\\x.ps1`, ['a b'], windows({ [`${npm}\\x.cmd`]: text }))).toMatchObject({
      command: `${npm}\\node_modules\\x\\x.exe`,
    });
    expect(programStart(`${npm}\\y.ps1`, ['a b'], windows())).toEqual({
      command: 'powershell.exe',
      args: ['-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', `${npm}\\y.ps1`, 'a b'],
      windowsVerbatimArguments: false,
    });
  });
});

/** What cmd.exe makes of a line: outside quotes a caret takes the meaning from what follows it, and `&|<>` end the command. */
function shellLine(line: string): string {
  let text = '';
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const one = line.charAt(at);
    if (one === '^' && !quoted) {
      at += 1;
      text += line.charAt(at);
      continue;
    }
    if (one === '"') quoted = !quoted;
    else if (!quoted && /[&|<>]/.test(one)) throw new Error(`the shell takes ${one} for its own`);
    text += one;
  }
  return text;
}

/** A command line taken apart as Microsoft's C runtime does. */
function argumentsOf(line: string): readonly string[] {
  const found: string[] = [];
  let word: string | null = null;
  let quoted = false;
  for (let at = 0; at < line.length; ) {
    const slashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
    at += slashes;
    const one = line.charAt(at);
    if (one === '"') {
      word = (word ?? '') + '\\'.repeat(Math.floor(slashes / 2));
      if (slashes % 2 === 1) word += '"';
      else quoted = !quoted;
      at += 1;
      continue;
    }
    if (slashes > 0) word = (word ?? '') + '\\'.repeat(slashes);
    if (one === '') break;
    if (/[ \t]/.test(one) && !quoted) {
      if (word !== null) found.push(word);
      word = null;
    } else word = (word ?? '') + one;
    at += 1;
  }
  return word === null ? found : [...found, word];
}

describe('another batch file on Windows', () => {
  const batch = 'C:\\Program Files\\A & B (x)\\agent.cmd';

  it('gets each argument as it was given, through the shell’s line and its own', () => {
    const { command, args, windowsVerbatimArguments } = programStart(batch, awkward, windows());
    expect(command).toBe('C:\\Windows\\system32\\cmd.exe');
    expect(windowsVerbatimArguments).toBe(true);
    expect(args.slice(0, 3)).toEqual(['/d', '/s', '/c']);
    // With /s the shell takes the first and the last quote away, and nothing else.
    const line = shellLine(args[3]?.slice(1, -1) ?? '');
    expect(line.startsWith(`"${batch}" `)).toBe(true);
    // In the batch file `%*` stands for all behind its name.
    expect(argumentsOf(shellLine(line.slice(batch.length + 3)))).toEqual(awkward);
  });

  it('gets no text of several lines, which would end its command', () => {
    expect(() => programStart(batch, ['a\nb'], windows())).toThrow('no text of several lines');
  });
});
