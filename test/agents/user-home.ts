import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { AgentId } from '../../src-shared/agents.ts';
import { nodeExecutable } from '../node-executable.mjs';
import { executables } from '../tiers.mjs';
import { type AgentRun, runAgent } from './agent.ts';

type Environment = Readonly<Record<string, string>>;

/**
 * The directory of a user who has the four agents. Nothing of the machine's own reaches them, and the way out is a proxy that leads nowhere
 * and remembers what was asked of it.
 */
export interface UserHome {
  /** Absolute path of the folder that agents work in. */
  readonly project: string;
  /** What a program of this user's has in its environment: directory and PATH. */
  readonly environment: Environment;
  /** Writes a file below the user's own directory; returns its absolute path. */
  readonly put: (path: string, text: string) => string;
  /** The text of a file; null where there is none. */
  readonly read: (path: string) => string | null;
  /** Runs an agent headless with the user's own files, further arguments and this environment. */
  readonly run: (
    agent: AgentId,
    prompt: string,
    options?: { readonly args?: readonly string[]; readonly environment?: Environment; readonly patienceMs?: number },
  ) => Promise<AgentRun>;
  /** Runs a program in the project folder, with further variables. Killed after `patienceMs`. */
  readonly start: (
    command: string,
    args: readonly string[],
    environment: Environment,
    patienceMs?: number,
  ) => Promise<AgentRun>;
  /** `HOST:PORT` of each request that went to the proxy since the last call, and how often something tried to go round it. */
  readonly outside: () => readonly string[];
  readonly remove: () => Promise<void>;
}

/** Each agent's own way to do a task without questions, with further arguments. */
export const headless: Readonly<Record<AgentId, (prompt: string, args: readonly string[]) => readonly string[]>> = {
  'claude-code': (prompt, args) => ['-p', prompt, '--permission-mode', 'acceptEdits', ...args],
  codex: (prompt, args) => [
    'exec',
    '--json',
    '--skip-git-repo-check',
    '--dangerously-bypass-approvals-and-sandbox',
    ...args,
    prompt,
  ],
  opencode: (prompt, args) => ['run', prompt, ...args],
  'qwen-code': (prompt, args) => ['-p', prompt, '--yolo', ...args],
};

/** The names that users call them by. */
const commands: Readonly<Record<AgentId, string>> = {
  'claude-code': 'claude',
  codex: 'codex',
  opencode: 'opencode',
  'qwen-code': 'qwen',
};

export async function makeUserHome(): Promise<UserHome> {
  const place = mkdtempSync(join(tmpdir(), 'dragoman-user-'));
  const folder = (name: string): string => {
    mkdirSync(join(place, name));
    return join(place, name);
  };
  const home = folder('home');
  const project = folder('project');
  const bin = folder('bin');
  symlinkSync(executables.claudeCode, join(bin, commands['claude-code']));
  symlinkSync(executables.codex, join(bin, commands.codex));
  symlinkSync(executables.openCode, join(bin, commands.opencode));
  const qwen = `#!/bin/sh\nexec '${nodeExecutable()}' '${executables.qwenCode}' "$@"\n`;
  writeFileSync(join(bin, commands['qwen-code']), qwen, { mode: 0o755 });
  const proxy = await startProxy();
  const astray = wayCounter();
  const own = { PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`, HOME: home, TERM: 'dumb' };
  const start: UserHome['start'] = (command, args, environment, patienceMs = 200_000) =>
    runAgent(command, args, {
      cwd: project,
      env: { ...own, HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, ...environment },
      patienceMs,
    });
  return {
    project,
    environment: own,
    put(path, text) {
      const file = join(home, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    read: (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null),
    run: (agent, prompt, { args = [], environment = {}, patienceMs } = {}) =>
      start(join(bin, commands[agent]), headless[agent](prompt, args), environment, patienceMs),
    start,
    outside: () => [...proxy.taken(), ...astray()],
    async remove() {
      await proxy.stop();
      rmSync(place, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * Tells how often, since its last call, anything of this tier asked for a way to an address that is not of this machine: in a network of
 * loopback alone there is none, and the kernel counts (`OutNoRoutes` of proc_net_snmp). Elsewhere nothing is told.
 */
function wayCounter(): () => readonly string[] {
  const isAlone = process.env.DRAGOMAN_NETWORK === 'loopback' && process.platform === 'linux';
  const asked = (): number => {
    const [names = '', values = ''] = readFileSync('/proc/net/snmp', 'utf8').match(/^Ip: .*$/gm) ?? [];
    const version4 = Number(values.split(' ')[names.split(' ').indexOf('OutNoRoutes')]);
    return version4 + Number(/^Ip6OutNoRoutes\s+(\d+)$/m.exec(readFileSync('/proc/net/snmp6', 'utf8'))?.[1] ?? 0);
  };
  let before = isAlone ? asked() : 0;
  return () => {
    if (!isAlone) return [];
    const times = asked() - before;
    before += times;
    return times === 0 ? [] : [`round the proxy, ${times} times`];
  };
}

/** A proxy that leads nowhere and remembers what was asked of it. */
async function startProxy() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.host ?? '');
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was bound');
  return {
    url: `http://127.0.0.1:${address.port}`,
    taken: () => asked.splice(0),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
