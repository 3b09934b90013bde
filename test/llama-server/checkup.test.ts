import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dragoman } from '../programs/dragoman.ts';
import { type LlamaServer, startLlamaServer } from '../programs/llama-server.ts';
import { type Serve, startServe } from '../programs/serve.ts';

let llama: LlamaServer;
let serve: Serve;
beforeAll(async () => {
  llama = await startLlamaServer({ model: 'scripted', context: 8192 });
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
    const lines: { id: string; result: string; evidence: string }[] = JSON.parse(stdout).lines;
    console.log(lines.map(({id,result,evidence})=>`${id} ${result} ${evidence}`).join('\n'));
    const results = Object.fromEntries(lines.map(({ id, result }) => [id, result]));
    expect(results).toMatchObject({});
  }, 120_000);
});
