import type Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messagesGrammar } from '../event-grammar.ts';
import { type LlamaServer, startLlamaServer } from '../programs/llama-server.ts';
import { type Serve, startServe } from '../programs/serve.ts';
import { type MessagesClient, messagesClient, weatherTool } from './messages-client.ts';

let llama: LlamaServer;
let serve: Serve;
let client: MessagesClient;

beforeAll(async () => {
  llama = await startLlamaServer({ model: 'scripted', context: 16_384 });
  serve = await startServe({
    upstreams: [{ id: 'llama', kind: 'llama-cpp', baseUrl: llama.url }],
    slots: { default: 'llama/scripted' },
  });
  client = messagesClient(serve);
});

afterAll(async () => {
  await serve?.stop();
  await llama?.stop();
});

/** What Claude Code's main loop asks with, about: tools, thinking on, the scenario in the last user message. */
const asking = (scenario: string): Anthropic.MessageCreateParamsNonStreaming => ({
  model: 'claude-opus-5',
  max_tokens: 4096,
  system: 'You are a test.',
  thinking: { type: 'enabled', budget_tokens: 1024 },
  tools: [weatherTool],
  messages: [{ role: 'user', content: `Do it: [[${scenario}]]` }],
});

/** The parts of an answer that do not change from run to run. */
function told(message: Anthropic.Message) {
  const blocks = message.content.map((block) => {
    switch (block.type) {
      case 'text':
        return { text: block.text.trim() };
      case 'thinking':
        return { thinking: block.thinking.trim() };
      case 'tool_use':
        return { call: block.name, input: block.input };
      default:
        return { unexpected: block.type };
    }
  });
  return { blocks, stop: message.stop_reason };
}

const answers = [
  {
    scenario: 'hello',
    answer: { blocks: [{ text: 'Hello from the tiny scripted model. How can I help?' }], stop: 'end_turn' },
  },
  {
    scenario: 'think',
    answer: {
      blocks: [{ thinking: 'The user wants a sum. Two plus two makes four.' }, { text: 'The answer is 4.' }],
      stop: 'end_turn',
    },
  },
  {
    scenario: 'tool',
    answer: { blocks: [{ call: 'get_weather', input: { city: 'Paris', unit: 'celsius' } }], stop: 'tool_use' },
  },
  {
    scenario: 'texttool',
    answer: {
      blocks: [{ text: 'I will look that up first.' }, { call: 'get_weather', input: { city: 'Lisbon' } }],
      stop: 'tool_use',
    },
  },
  {
    scenario: 'twotools',
    answer: {
      blocks: [
        { call: 'get_weather', input: { city: 'Rome' } },
        { call: 'get_weather', input: { city: 'Oslo' } },
      ],
      stop: 'tool_use',
    },
  },
  {
    scenario: 'thinktool',
    answer: {
      blocks: [
        { thinking: 'I need the weather before I can say anything.' },
        { call: 'get_weather', input: { city: 'Berlin' } },
      ],
      stop: 'tool_use',
    },
  },
];

describe('what a real llama-server answers reaches a Messages client', () => {
  it.each(answers)('$scenario, streamed', async ({ scenario, answer }) => {
    const message = await client.anthropic.messages.stream(asking(scenario)).finalMessage();
    expect(told(message)).toEqual(answer);
    expect(message.usage.input_tokens + (message.usage.cache_read_input_tokens ?? 0)).toBeGreaterThan(100);
    expect(message.usage.output_tokens).toBeGreaterThan(5);
    expect(messagesGrammar(await client.lastBody())).toEqual([]);
  });

  it.each(answers)('$scenario, as JSON', async ({ scenario, answer }) => {
    const message = await client.anthropic.messages.create(asking(scenario));
    expect(told(message)).toEqual(answer);
    expect(message.usage.output_tokens).toBeGreaterThan(5);
  });

  it('an answer to a tool result, after thinking that is given back', async () => {
    const request = asking('thinktool');
    const first = await client.anthropic.messages.create(request);
    const call = first.content.find((block) => block.type === 'tool_use');
    const second = await client.anthropic.messages
      .stream({
        ...request,
        messages: [
          ...request.messages,
          { role: 'assistant', content: first.content },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'Sunny.' }] },
        ],
      })
      .finalMessage();
    expect(told(second).blocks).toEqual([{ text: 'The tool has answered, so I am done now.' }]);
    expect(messagesGrammar(await client.lastBody())).toEqual([]);
    const { prompt, evaluated } = llama.evaluations().at(-1) ?? { prompt: 0, evaluated: 0 };
    expect(prompt).toBeGreaterThan(200);
    // Only the answer given back, the result and the head of the new turn: the prompt of the first request was in the cache.
    expect(evaluated).toBeLessThan(prompt / 2);
  });
});

describe('Chat is passed through to a real llama-server', () => {
  const body = {
    model: 'llama/scripted',
    messages: [{ role: 'user', content: '[[twotools]]' }],
    tools: [],
    max_tokens: 200,
  };
  const ask = (url: string, more: Record<string, unknown>) =>
    fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${serve.key}` },
      body: JSON.stringify({ ...body, ...more }),
    });
  /** Ids, times and timings change from run to run; the rest does not. */
  const settled = (text: string) =>
    text
      .replaceAll(/"(id|created|prompt_ms|predicted_ms|\w+_per_\w+)":("[^"]*"|[\d.e+-]+)/g, '"$1":0')
      .replaceAll(/"cache_n":\d+,"prompt_n":\d+|"cached_tokens":\d+/g, '"cached":0');

  it('as JSON, with the bytes of a direct answer', async () => {
    const direct = settled(await (await ask(llama.url, { model: 'scripted' })).text());
    const through = await ask(serve.url, {});
    expect(through.headers.get('content-type')).toMatch(/^application\/json/);
    expect(settled(await through.text())).toBe(direct);
  });

  it('as a stream, with the bytes of a direct answer', async () => {
    const direct = settled(await (await ask(llama.url, { model: 'scripted', stream: true })).text());
    const through = await ask(serve.url, { stream: true });
    expect(through.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(settled(await through.text())).toBe(direct);
    expect(direct).toContain('[DONE]');
  });

  it('with llama-server’s own words where it refuses', async () => {
    const direct = await ask(llama.url, { model: 'scripted', messages: 'no list' });
    const through = await ask(serve.url, { messages: 'no list' });
    expect(through.status).toBe(direct.status);
    expect(await through.json()).toEqual(await direct.json());
  });
});
