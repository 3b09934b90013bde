import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Program, startProgram } from './program.ts';

/** A real llama-server with a scripted model: `[[scenario]]` in the last user message chooses the answer (test/fixtures/tiny-model). */
export interface LlamaServer extends Program {
  readonly url: string;
  slots(): Promise<readonly Slot[]>;
  /** What each answered request since the start cost, by the server's own log, in order. */
  evaluations(): readonly Evaluation[];
}

export interface Evaluation {
  /** Tokens of the whole prompt. */
  readonly prompt: number;
  /** Tokens of it that had to be evaluated. */
  readonly evaluated: number;
}

const slotSchema = z.looseObject({ id: z.number(), is_processing: z.boolean() });
export type Slot = z.infer<typeof slotSchema>;

export interface LlamaServerOptions {
  readonly model: 'scripted' | 'scripted-slow';
  /** Context window of the one slot, tokens. */
  readonly context: number;
  /** False: do not wait until the model is loaded. */
  readonly wait?: boolean;
  readonly port?: number;
  readonly flags?: readonly string[];
}

/** A port that was free a moment ago: llama-server takes no port 0. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was bound');
  return address.port;
}

/** Starts the executable that DRAGOMAN_LLAMA_SERVER names with a model from DRAGOMAN_TINY_MODELS. */
export async function startLlamaServer(options: LlamaServerOptions): Promise<LlamaServer> {
  const executable = process.env.DRAGOMAN_LLAMA_SERVER;
  const models = process.env.DRAGOMAN_TINY_MODELS;
  if (!executable || !models) throw new Error('DRAGOMAN_LLAMA_SERVER and DRAGOMAN_TINY_MODELS are wanted');
  const port = options.port ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const program = startProgram(executable, [
    '--model',
    join(models, `${options.model}.gguf`),
    '--alias',
    options.model,
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--ctx-size',
    String(options.context),
    '--parallel',
    '1',
    // The tests run beside it; two busy threads on two cores stand in one another's way.
    '--threads',
    options.model === 'scripted' ? '2' : '1',
    '--slots',
    '--no-ui',
    ...(options.flags ?? []),
  ]);
  let output = '';
  program.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const server: LlamaServer = {
    ...program,
    url,
    async slots() {
      const answer = await fetch(`${url}/slots`);
      return z.array(slotSchema).parse(await answer.json());
    },
    evaluations: () => evaluationsIn(output + program.errors()),
  };
  if (options.wait !== false) {
    try {
      await loaded(server);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }
  return server;
}

/** Waits until the model is loaded, 60 s at most. */
export async function loaded(server: LlamaServer): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (server.child.exitCode !== null) throw new Error(`llama-server ended: ${server.errors()}`);
    const health = await fetch(`${server.url}/health`).catch(() => null);
    await health?.body?.cancel();
    if (health?.ok) return;
    await sleep(50);
  }
  throw new Error(`llama-server is not ready after 60 s: ${server.errors()}`);
}

/**
 * The prompt evaluations in llama-server's log (b11669), one for each request that ran to its end:
 * `… id 0 | task 26 | prompt eval time = 4.07 ms / 15 tokens …`, `… eval time = 4.18 ms / 25 tokens …`, `… release: … n_tokens = 53 …`
 * (the prompt and what was generated, but for the last token, which is never evaluated).
 */
function evaluationsIn(log: string): readonly Evaluation[] {
  const evaluated = new Map<string, number>();
  const generated = new Map<string, number>();
  const evaluations: Evaluation[] = [];
  for (const line of log.split('\n')) {
    const task = /\| task (\d+) \|/.exec(line)?.[1];
    if (task === undefined) continue;
    const tokens = Number(/eval time =.* \/ +(\d+) tokens/.exec(line)?.[1] ?? Number.NaN);
    if (!Number.isNaN(tokens)) (line.includes('prompt eval time') ? evaluated : generated).set(task, tokens);
    const held = Number(/release: .*n_tokens = (\d+)/.exec(line)?.[1] ?? Number.NaN);
    const anew = evaluated.get(task);
    if (Number.isNaN(held) || anew === undefined) continue;
    evaluations.push({ prompt: held - (generated.get(task) ?? 0) + 1, evaluated: anew });
  }
  return evaluations;
}
