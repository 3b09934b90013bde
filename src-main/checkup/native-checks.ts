import { isObject, type JsonObject } from '../../src-shared/json.ts';
import type { Check, Finding } from './check.ts';
import { judgeMessages } from './judge-messages.ts';
import { judgeResponses } from './judge-responses.ts';
import { jsonIn, type NativeAnswer, type NativeProtocol, type NativeStream } from './native-endpoint.ts';

/**
 * Whether a server's own Messages and Responses endpoints do all that agents build on, so that these may be passed through. Most local servers' lose
 * something of a conversation without a word (reference backends.md §3): what is not seen to arrive counts as lost.
 */

const translated = 'Nothing is to be done: Dragoman speaks to it in Chat Completions and translates.';

/** Stand where servers are known to lose them. */
const words = { document: 'KINGFISHER', system: 'NIGHTJAR' };

const city: JsonObject = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tool = { name: 'get_weather', description: 'Tells the weather in a city now.' };
const otherTool = { name: 'get_time', description: 'Tells the time in a city now.' };
const greeting = 'I am in Paris. Good morning!';
const question = 'Repeat every word of my notes that is written in capital letters.';

interface Probe {
  readonly path: string;
  readonly judge: (stream: string) => NativeStream;
  /** A named tool among several is to be called. */
  readonly call: JsonObject;
  /** A history as the protocol's agents send it. */
  readonly history: JsonObject;
  /** One word is as much as may be written. */
  readonly cut: JsonObject;
  readonly cutEnd: string;
  /** A request without sense, and whether the refusal is in the protocol's own form. */
  readonly nonsense: JsonObject;
  readonly isRefusal: (body: unknown) => boolean;
}

const probes: Readonly<Record<NativeProtocol, Probe>> = {
  messages: {
    path: '/v1/messages',
    judge: judgeMessages,
    call: {
      max_tokens: 1024,
      tools: [tool, otherTool].map((one) => ({ ...one, input_schema: city, cache_control: { type: 'ephemeral' } })),
      tool_choice: { type: 'tool', name: tool.name },
      messages: [{ role: 'user', content: greeting }],
    },
    history: {
      max_tokens: 1024,
      system: [{ type: 'text', text: 'You help with notes.', cache_control: { type: 'ephemeral' } }],
      tools: [{ ...tool, input_schema: city }],
      messages: [
        { role: 'user', content: 'What is the weather in Paris?' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'I ask the tool.', signature: '' },
            { type: 'tool_use', id: 'toolu_checkup', name: tool.name, input: { city: 'Paris' } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'toolu_checkup',
              content: [{ type: 'text', text: 'Timeout.' }],
              is_error: true,
            },
            {
              type: 'document',
              title: 'Notes',
              source: { type: 'text', media_type: 'text/plain', data: `The first word is ${words.document}.` },
            },
            { type: 'text', text: `The second word is ${words.system}. ${question}` },
          ],
        },
      ],
    },
    cut: { max_tokens: 1, messages: [{ role: 'user', content: 'Count from one to twenty in words.' }] },
    cutEnd: 'max_tokens',
    nonsense: { max_tokens: 16, messages: 'no list' },
    isRefusal: (body) =>
      isObject(body) && body.type === 'error' && isObject(body.error) && typeof body.error.type === 'string',
  },
  responses: {
    path: '/v1/responses',
    judge: judgeResponses,
    call: {
      store: false,
      tools: [tool, otherTool].map((one) => ({ type: 'function', ...one, parameters: city, strict: false })),
      tool_choice: { type: 'function', name: tool.name },
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: greeting }] }],
    },
    history: {
      store: false,
      instructions: 'You help with notes.',
      include: ['reasoning.encrypted_content'],
      tools: [
        { type: 'function', ...tool, parameters: city, strict: false },
        { type: 'custom', name: 'note', description: 'Keeps a note.', format: { type: 'text' } },
      ],
      input: [
        {
          type: 'message',
          role: 'developer',
          content: [{ type: 'input_text', text: `The first word is ${words.document}.` }],
        },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'What is the weather in Paris?' }] },
        {
          type: 'reasoning',
          id: 'rs_checkup',
          summary: [{ type: 'summary_text', text: 'I ask the tool.' }],
          content: null,
        },
        { type: 'function_call', call_id: 'call_checkup', name: tool.name, arguments: '{"city":"Paris"}' },
        { type: 'function_call_output', call_id: 'call_checkup', output: 'Timeout.' },
        { type: 'custom_tool_call', call_id: 'call_note', name: 'note', input: 'rain' },
        { type: 'custom_tool_call_output', call_id: 'call_note', output: `The second word is ${words.system}.` },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: question }] },
      ],
    },
    cut: {
      store: false,
      max_output_tokens: 16,
      input: [
        {
          type: 'message',
          role: 'user',
          content: [{ type: 'input_text', text: 'Count from one to two hundred in words.' }],
        },
      ],
    },
    cutEnd: 'incomplete',
    nonsense: { store: false, input: 7 },
    isRefusal: (body) => isObject(body) && isObject(body.error) && typeof body.error.message === 'string',
  },
};

function nativeCheck(protocol: NativeProtocol): Check {
  const id = `native-${protocol}` as const;
  return {
    id,
    run: async (bench): Promise<Finding> => {
      const probe = probes[protocol];
      if (bench.subject.nativeKind.includes(protocol))
        return { result: 'pass', evidence: 'It is spoken to in it, as its makers mean it to be.', remedy: null };
      const called = await bench.askNatively(protocol, { ...probe.call, stream: true });
      if (called.status === 0) return { result: 'unknown', evidence: called.text };
      if (isAbsent(called))
        return { result: 'unknown', evidence: `It has no \`${probe.path}\` of its own.`, remedy: translated };
      const faults = await faultsOf(probe, called, (body) => bench.askNatively(protocol, body));
      if (faults.length === 0)
        return {
          result: 'pass',
          evidence: `What agents send to \`${probe.path}\` arrives whole, and what comes back is of the protocol’s form.`,
          native: { protocol, safe: true },
        };
      return {
        result: 'fail',
        evidence: `Its own \`${probe.path}\` is not safe for agents: ${faults.slice(0, 4).join('; ')}.`,
        remedy: translated,
        native: { protocol, safe: false },
      };
    },
  };
}

async function faultsOf(
  probe: Probe,
  called: NativeAnswer,
  ask: (body: JsonObject) => Promise<NativeAnswer>,
): Promise<readonly string[]> {
  const faults: string[] = [];
  if (called.status !== 200) return [`it refused a forced tool call (HTTP ${called.status})`];
  const call = probe.judge(called.text);
  faults.push(...call.faults);
  const first = call.calls[0];
  if (first === undefined) faults.push('it did not call the tool that it was told to call');
  else if (call.calls.length > 1 || first.name !== tool.name || !hasCity(first.arguments))
    faults.push('it called another tool, or with other arguments');
  const { first: early, last: late } = call.prompt;
  if (late === 0) faults.push('it does not tell what the prompt took');
  else if (early < late * 0.8) faults.push(`it first tells a prompt of ${early} tokens, and at the end of ${late}`);

  const spoken = await ask({ ...probe.history, stream: true });
  if (spoken.status !== 200) faults.push(`it refused a history with all that agents send (HTTP ${spoken.status})`);
  else {
    const { faults: broken, text } = probe.judge(spoken.text);
    faults.push(...broken);
    const lost = [words.document, words.system].filter((word) => !text.toUpperCase().includes(word));
    if (lost.length > 0) faults.push('not all of a history is seen to arrive');
  }
  const cut = await ask({ ...probe.cut, stream: true });
  if (cut.status !== 200 || probe.judge(cut.text).end !== probe.cutEnd)
    faults.push('an answer that is cut short looks whole');
  const refused = await ask(probe.nonsense);
  if (refused.status < 400 || refused.status > 499 || !probe.isRefusal(jsonIn(refused.text)))
    faults.push('its refusals are not of the protocol’s form');
  return [...new Set(faults)];
}

/** Nothing is there: another status than of an answer or a refusal, or LM Studio's 200 to any path. */
function isAbsent({ status, text }: NativeAnswer): boolean {
  if ([404, 405, 501].includes(status)) return true;
  const body = jsonIn(text);
  return status === 200 && isObject(body) && 'error' in body;
}

function hasCity(given: string): boolean {
  const input = jsonIn(given);
  return isObject(input) && typeof input.city === 'string';
}

export const nativeChecks = { messages: nativeCheck('messages'), responses: nativeCheck('responses') };
