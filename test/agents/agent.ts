import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../tiers.mjs';

/** What every agent is set up with. */
export interface AgentOptions {
  /** Base URL of the gateway, without /v1. */
  readonly gateway: string;
  readonly key: string;
  readonly model: string;
  /** An empty folder that is the agent's home. */
  readonly home: string;
  readonly cwd: string;
}

/** A headless run of an agent, over. */
export interface AgentRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The README's placeholders: a test runs what users are told, word for word but for these. */
const inReadme = {
  gateway: 'http://127.0.0.1:4747',
  key: 'dgm_…',
  model: 'ollama/qwen3-coder:30b',
} as const;

/** What the README says about setting up an agent by hand, with the gateway, key and model of these options. */
function readmeSection(agent: string, options: AgentOptions): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const section = new RegExp(`^\\*\\*${agent}\\*\\*.*?(?=^\\*\\*|^## )`, 'ms').exec(readme)?.[0];
  if (section === undefined) throw new Error(`the README sets up no ${agent}`);
  return section
    .replaceAll(inReadme.gateway, options.gateway)
    .replaceAll(inReadme.key, options.key)
    .replaceAll(inReadme.model, options.model);
}

/** The configuration file that the README shows for an agent. */
export function readmeFile(agent: string, options: AgentOptions): string {
  const file = /^```\w+\n(.*?)^```$/ms.exec(readmeSection(agent, options))?.[1];
  if (file === undefined) throw new Error(`the README shows no file for ${agent}`);
  return file;
}

/** The environment variables that the README has users export for an agent. */
export function readmeEnvironment(agent: string, options: AgentOptions): Readonly<Record<string, string>> {
  const exported = readmeSection(agent, options).matchAll(/^ {4}export (\w+)=(\S+)/gm);
  const environment = Object.fromEntries([...exported].map(([, name = '', value = '']) => [name, value]));
  if (Object.keys(environment).length === 0) throw new Error(`the README exports nothing for ${agent}`);
  return environment;
}

/**
 * An agent's environment: a home of its own and nothing else of ours. Where the tier could not be given a network namespace, every way out
 * leads to a port where nothing listens.
 */
export function agentEnvironment(home: string, own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const isolated = process.env.DRAGOMAN_NETWORK === 'loopback';
  const nowhere = { HTTPS_PROXY: 'http://127.0.0.1:9', HTTP_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' };
  return { PATH: process.env.PATH, HOME: home, TERM: 'dumb', ...(isolated ? {} : nowhere), ...own };
}

/** Runs an agent to its end, without input. Killed after `patienceMs`, with a code of null. */
export async function runAgent(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly patienceMs?: number },
): Promise<AgentRun> {
  const { cwd, env, patienceMs = 100_000 } = options;
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const patience = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  const exit = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  try {
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    return { code, stdout, stderr };
  } finally {
    clearTimeout(patience);
  }
}
