import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isObject } from '../../src-shared/json.ts';
import { type Evaluation, type LlamaServer, startLlamaServer } from '../programs/llama-server.ts';
import { type Gateway, startGateway, until } from '../src-main/gateway/start-gateway.ts';

/**
 * Recorded sessions of agents, title calls and subagents in between, replayed through the gateway at a real llama-server. What each turn costs there, by
 * the server's own log, is compared with what is new in it: what its prompt, as the server writes it out, adds to an earlier one.
 */
let llama: LlamaServer;
let gateway: Gateway;
/** The same server with nothing in its cache, asked in the agent's own protocol without us. */
let plain: LlamaServer;

/** Two of them run beside the gateway. */
const oneThread = ['--threads', '1'];

beforeAll(async () => {
  [llama, plain] = await Promise.all([
    startLlamaServer({ model: 'scripted', context: 16_384, flags: oneThread }),
    startLlamaServer({ model: 'scripted', context: 16_384, flags: oneThread }),
  ]);
  const timeouts = { firstByteMs: 120_000, idleMs: 120_000 };
  gateway = await startGateway({ upstream: llama.url, kind: 'llama-cpp', timeouts });
}, 120_000);

afterAll(async () => {
  await gateway?.close();
  await Promise.all([llama?.stop(), plain?.stop()]);
});

const turnSchema = z.object({
  path: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.record(z.string(), z.unknown()),
});
type Turn = z.infer<typeof turnSchema>;

/** A session as the agent sent it, long texts shortened to a start and a hash, with five of its tools. */
function turnsOf(session: string): readonly Turn[] {
  return readFileSync(fileURLToPath(new URL(`../fixtures/agent-sessions/${session}.jsonl`, import.meta.url)), 'utf8')
    .trim()
    .split('\n')
    .map((line) => turnSchema.parse(JSON.parse(line)))
    .map(({ path, headers, body }) => {
      const limit = path.endsWith('responses') ? { max_output_tokens: 16 } : { max_tokens: 16 };
      return { path, headers, body: { ...body, model: 'up/fake-model', stream: true, ...limit } };
    });
}

async function askServer(path: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(llama.url + path, { method: 'POST', body: JSON.stringify(body) });
  const answer: unknown = await response.json();
  if (!response.ok || !isObject(answer)) throw new Error(`${path}: ${JSON.stringify(answer)}`);
  return answer;
}

/** The prompt's tokens as the server reads them. */
async function tokensOf(sent: string): Promise<readonly unknown[]> {
  const { prompt } = await askServer('/apply-template', JSON.parse(sent));
  const { tokens } = await askServer('/tokenize', { content: prompt, add_special: true, parse_special: true });
  return Array.isArray(tokens) ? tokens : [];
}

function commonLength(one: readonly unknown[], other: readonly unknown[]): number {
  const differs = one.findIndex((token, at) => token !== other[at]);
  return differs === -1 ? one.length : differs;
}

interface Cost extends Evaluation {
  /** Tokens of the prompt that no earlier prompt of the session begins with. */
  readonly fresh: number;
}

/** What a request costs a server, by its own log; null where it is answered without it. */
async function costAt(server: LlamaServer, ask: () => Promise<Response>): Promise<Evaluation | null> {
  const before = server.evaluations().length;
  const response = await ask();
  const text = await response.text();
  expect([response.status, response.ok ? '' : text]).toEqual([200, '']);
  const logged = until(() => server.evaluations().length > before, 1_000).then(
    () => true,
    () => false,
  );
  return (await logged) ? (server.evaluations().at(-1) ?? null) : null;
}

async function replay(session: string): Promise<readonly Cost[]> {
  const costs: Cost[] = [];
  const earlier: (readonly unknown[])[] = [];
  for (const { path, headers, body } of turnsOf(session)) {
    const cost = await costAt(llama, () => gateway.post(path, body, { headers }));
    if (cost === null) continue;
    const sent = gateway.bytes.filter(({ border }) => border === 'gateway-to-server').at(-1)?.text ?? '';
    const tokens = await tokensOf(sent);
    expect(tokens).toHaveLength(cost.prompt);
    const known = Math.max(0, ...earlier.map((one) => commonLength(tokens, one)));
    earlier.push(tokens);
    costs.push({ ...cost, fresh: tokens.length - known });
  }
  return costs;
}

/** The last token of a prompt is always read. */
function expectOnlyFresh(costs: readonly Cost[]): void {
  expect(costs.length).toBeGreaterThan(1);
  for (const { evaluated, fresh } of costs) expect(evaluated).toBeLessThanOrEqual(1.05 * fresh + 1);
}

function evaluatedBy(costs: readonly Evaluation[]): number {
  return costs.reduce((sum, cost) => sum + cost.evaluated, 0);
}

describe('what a turn costs', () => {
  it.each(['codex-tool_search', 'opencode-basic', 'qwen-tui'])(
    '%s: only what is new is read',
    { timeout: 120_000 },
    async (session) => expectOnlyFresh(await replay(session)),
  );

  it('claude-subagent: only what is new is read, no more than by the server’s own Messages', {
    timeout: 120_000,
  }, async () => {
    const costs = await replay('claude-subagent');
    expectOnlyFresh(costs);
    const own: Evaluation[] = [];
    for (const { path, headers, body } of turnsOf('claude-subagent')) {
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      const cost = await costAt(plain, () => fetch(plain.url + path, init));
      if (cost !== null) own.push(cost);
    }
    expect(own).toHaveLength(costs.length);
    expect(evaluatedBy(costs)).toBeLessThanOrEqual(evaluatedBy(own));
  });
});
