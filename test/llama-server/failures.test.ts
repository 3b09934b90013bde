import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { messagesGrammar } from '../event-grammar.ts';
import { type LlamaServer, type LlamaServerOptions, startLlamaServer } from '../programs/llama-server.ts';
import type { Program } from '../programs/program.ts';
import { type Serve, startServe } from '../programs/serve.ts';
import { weatherTool } from './messages-client.ts';

const running: Program[] = [];
afterEach(async () => {
  for (const program of running.splice(0).reverse()) await program.stop();
});

async function llamaServer(options: LlamaServerOptions): Promise<LlamaServer> {
  const server = await startLlamaServer(options);
  running.push(server);
  return server;
}

async function gateway(url: string): Promise<Serve> {
  const serve = await startServe({
    upstreams: [{ id: 'llama', kind: 'llama-cpp', baseUrl: url }],
    gateway: { holdStatusSeconds: 1 },
  });
  running.push(serve);
  return serve;
}

/** A Messages request for a scenario, as the gateway gets it. */
function ask(serve: Serve, model: string, scenario: string, more: Record<string, unknown> = {}, signal?: AbortSignal) {
  return fetch(`${serve.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': serve.key },
    body: JSON.stringify({
      model: `llama/${model}`,
      max_tokens: 4096,
      tools: [weatherTool],
      messages: [{ role: 'user', content: `[[${scenario}]]` }],
      ...more,
    }),
    ...(signal === undefined ? {} : { signal }),
  });
}

async function until(what: string, holds: () => Promise<boolean>, patienceMs: number): Promise<number> {
  const started = Date.now();
  while (!(await holds())) {
    if (Date.now() - started > patienceMs) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await sleep(5);
  }
  return Date.now() - started;
}

const isBusy = async (llama: LlamaServer) => (await llama.slots()).some((slot) => slot.is_processing);

describe('a prompt that is too long', () => {
  it.each([{ stream: true }, { stream: false }])(
    'is refused in the words that Claude Code compacts on: %o',
    async (more) => {
      const llama = await llamaServer({ model: 'scripted', context: 1024 });
      const serve = await gateway(llama.url);
      const messages = [{ role: 'user', content: 'far too many words '.repeat(500) }];
      const answer = await ask(serve, 'scripted', 'hello', { ...more, messages });
      expect(answer.status).toBe(400);
      const body: unknown = await answer.json();
      expect(body).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
      expect(JSON.stringify(body)).toMatch(/prompt is too long: \d+ tokens > 1024 maximum/);
    },
  );
});

describe('an answer that does not come to its end', () => {
  it('stops for max_tokens inside a tool call', async () => {
    const llama = await llamaServer({ model: 'scripted', context: 4096 });
    const serve = await gateway(llama.url);
    const text = await (await ask(serve, 'scripted', 'tool', { stream: true, max_tokens: 14 })).text();
    expect(messagesGrammar(text)).toEqual([]);
    expect(text).toContain('"stop_reason":"max_tokens"');
    expect(text).toContain('"name":"get_weather"');
    // Claude Code would run a call whose block is closed: it stays open (it is the only one).
    expect(text).not.toContain('content_block_stop');
  });

  it('is an error in the stream when the server dies, and 502 or 503 for a client that wants JSON', async () => {
    const llama = await llamaServer({ model: 'scripted-slow', context: 4096 });
    const serve = await gateway(llama.url);
    const stream = await ask(serve, 'scripted-slow', 'loop', { stream: true });
    const json = ask(serve, 'scripted-slow', 'loop');
    let text = '';
    for await (const part of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      if (text.includes('content_block_delta')) llama.child.kill('SIGKILL');
    }
    expect(messagesGrammar(text)).toEqual([]);
    expect(text).toContain('event: error');
    expect(text).not.toContain('message_stop');
    expect([502, 503]).toContain((await json).status);
  });
});

describe('a client that leaves', () => {
  it.each([{ stream: true }, { stream: false }])('frees the slot at once: %o', async (more) => {
    const llama = await llamaServer({ model: 'scripted-slow', context: 8192 });
    const serve = await gateway(llama.url);
    const leaving = new AbortController();
    const asked = ask(serve, 'scripted-slow', 'loop', { ...more, tools: [] }, leaving.signal)
      .then((answer) => answer.text())
      .catch(() => 'left');
    await until('the slot is taken', () => isBusy(llama), 10_000);
    // A batch of the prompt can't be left in its middle: the model must be answering.
    await sleep(1000);
    leaving.abort();
    // One token of the slow model takes some 25 ms; the gateway has 100 ms; the rest is for a busy machine.
    expect(await until('the slot is free', async () => !(await isBusy(llama)), 2000)).toBeLessThan(1000);
    expect(await asked).toBe('left');
  });
});
