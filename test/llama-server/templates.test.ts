import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { llamaCpp } from '../../src-main/upstreams/llama-cpp.ts';
import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import { isObject, type JsonObject } from '../../src-shared/json.ts';
import { type LlamaServer, startLlamaServer } from '../programs/llama-server.ts';
import { type Serve, startServe } from '../programs/serve.ts';
import { translate } from '../src-main/protocols/messages/translate.ts';
import { templateConversations } from '../template-conversations.ts';
import { messagesClient, weatherTool } from './messages-client.ts';

const folder = join(import.meta.dirname, '../fixtures/chat-templates');

function withTemplate(name: string): Promise<LlamaServer> {
  return startLlamaServer({
    model: 'scripted',
    context: 4096,
    flags: ['--jinja', '--chat-template-file', join(folder, `${name}.jinja`)],
  });
}

async function ask(llama: LlamaServer, method: 'GET' | 'POST', path: string, body?: JsonObject) {
  const sent =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await fetch(`${llama.url}${path}`, { method, ...sent });
  const text = await answer.text();
  const json: unknown = JSON.parse(text);
  return { status: answer.status, headers: Object.fromEntries(answer.headers), text, json };
}

async function flagsOf(llama: LlamaServer): Promise<Partial<CompatFlags>> {
  const { models } = await llamaCpp.inspect({
    get: (path) => ask(llama, 'GET', path),
    post: (path, body) => ask(llama, 'POST', path, body),
  });
  return models[0]?.flags ?? {};
}

/** What the server refuses of the conversations, or what is missing in its prompt. */
async function faultsOf(llama: LlamaServer, flags: Partial<CompatFlags>): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { shape, body, words } of templateConversations) {
    const { messages, tools } = translate(body, { flags: { ...llamaCpp.flags, ...flags } });
    const sent: JsonObject = JSON.parse(JSON.stringify({ messages, ...(tools.length > 0 && { tools }) }));
    const { status, json } = await ask(llama, 'POST', '/apply-template', sent);
    const prompt = isObject(json) ? String(json.prompt) : '';
    if (status !== 200) faults.push(`${shape}: refused`);
    else faults.push(...words.filter((word) => !prompt.includes(word)).map((word) => `${shape}: ${word} lost`));
  }
  return faults;
}

const templates: readonly { readonly name: string; readonly flags: Partial<CompatFlags> }[] = [
  {
    name: 'alternating',
    flags: {
      strictAlternation: true,
      toolCallIds: 'nine-alphanumeric',
      systemMessages: false,
      textWithToolCalls: 'apart',
    },
  },
  { name: 'system-first', flags: {} },
  { name: 'single-call', flags: { parallelToolCalls: false, textWithToolCalls: 'apart' } },
  { name: 'text-only', flags: { toolFormat: 'text' } },
  { name: 'calls-lost', flags: { toolFormat: 'text-history' } },
  { name: 'text-or-thought', flags: { textWithToolCalls: 'in-reasoning' } },
  { name: 'parts-lost', flags: {} },
];

describe('a real llama-server tells what its chat template refuses and loses', () => {
  it.each(templates)(
    '$name: nothing of a conversation is refused or lost',
    async ({ name, flags }) => {
      const llama = await withTemplate(name);
      try {
        const told = await flagsOf(llama);
        expect(told).toMatchObject(flags);
        expect(await faultsOf(llama, told)).toEqual([]);
        if (Object.keys(flags).length > 0) expect(await faultsOf(llama, {})).not.toEqual([]);
      } finally {
        await llama.stop();
      }
    },
    30_000,
  );
});

describe('a model whose chat template knows no tools', () => {
  let llama: LlamaServer;
  let serve: Serve;
  beforeAll(async () => {
    llama = await withTemplate('text-only');
    serve = await startServe({
      upstreams: [{ id: 'llama', kind: 'llama-cpp', baseUrl: llama.url }],
      slots: { default: 'llama/scripted' },
    });
  });
  afterAll(async () => {
    await serve?.stop();
    await llama?.stop();
  });

  it('calls a tool all the same, and gets its result', async () => {
    const { anthropic } = messagesClient(serve);
    const asked = { model: 'llama/scripted', max_tokens: 500, tools: [weatherTool] };
    const question = { role: 'user' as const, content: 'What is the weather? [[tool]]' };
    const called = await anthropic.messages.create({ ...asked, messages: [question] });
    const call = called.content.find(({ type }) => type === 'tool_use');
    expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Paris', unit: 'celsius' } });
    expect(called.stop_reason).toBe('tool_use');
    if (call?.type !== 'tool_use') return;
    const result = { type: 'tool_result' as const, tool_use_id: call.id, content: 'Sunny.' };
    const answered = await anthropic.messages.create({
      ...asked,
      messages: [question, { role: 'assistant', content: called.content }, { role: 'user', content: [result] }],
    });
    expect(answered.stop_reason).toBe('end_turn');
    expect(answered.content).toMatchObject([{ type: 'text', text: expect.stringMatching(/\w/) }]);
  });

  it('does so for a client of Chat, which its server could be asked by as it is', async () => {
    const { status, json } = await chat(serve, {
      model: 'llama/scripted',
      messages: [{ role: 'user', content: 'What is the weather? [[tool]]' }],
      tools: [
        { type: 'function', function: { name: weatherTool.name, parameters: { type: 'object', properties: {} } } },
      ],
    });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      choices: [{ finish_reason: 'tool_calls', message: { tool_calls: [{ function: { name: 'get_weather' } }] } }],
    });
  });
});

async function chat(serve: Serve, body: JsonObject) {
  const answer = await fetch(`${serve.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${serve.key}` },
    body: JSON.stringify(body),
  });
  const json: unknown = await answer.json();
  return { status: answer.status, json };
}
