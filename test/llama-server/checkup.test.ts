import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dragoman } from '../programs/dragoman.ts';
import { type LlamaServer, startLlamaServer } from '../programs/llama-server.ts';
import { type Serve, startServe } from '../programs/serve.ts';

let llama: LlamaServer;
let serve: Serve;
beforeAll(async () => {
  llama = await startLlamaServer({ model: 'scripted', context: 4096 });
  serve = await startServe({ upstreams: [{ id: 'llama', kind: 'llama-cpp', baseUrl: llama.url }] });
});
afterAll(async () => {
  await serve?.stop();
  await llama?.stop();
});

describe('the check-up of the scripted model at a real llama-server', () => {
  it('tells what it can do and what it can’t', async () => {
    const { stdout, stderr } = await dragoman(['check', 'llama/scripted', '--json', '--home', serve.home]);
    expect(stderr).toContain('Answers');
    const { lines, flags } = JSON.parse(stdout);
    const results = Object.fromEntries(lines.map(({ id, result }: Record<string, string>) => [id, result]));
    // It says the same whatever it is asked, but for what a grammar makes it say.
    expect(results).toMatchObject({
      text: 'pass',
      streaming: 'pass',
      'tool-call': 'fail',
      'forced-tool': 'pass',
      'nested-arguments': 'fail',
      'json-schema': 'pass',
      'stop-sequence': 'unknown',
      'reasoning-on': 'fail',
      vision: 'fail',
      // Its own endpoints lose what agents need.
      'native-messages': 'fail',
      'native-responses': 'fail',
      'prompt-cache': 'pass',
      recall: 'fail',
    });
    expect(flags).toEqual({});
    const toolCall = lines.find(({ id }: { id: string }) => id === 'tool-call');
    expect(toolCall).toMatchObject({
      remedy: expect.stringContaining('made for tool use'),
      evidence: expect.stringContaining('Hello'),
    });
  }, 120_000);
});
