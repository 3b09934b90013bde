import type { JsonObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import { chatGrammar } from '../chat-grammar.ts';
import { sdkMessage } from '../chat-to-messages.ts';
import { sdkResponse } from '../chat-to-responses.ts';
import { messagesGrammar } from '../event-grammar.ts';
import { sdkCompletion } from '../messages-to-chat.ts';
import { responsesGrammar } from '../responses-grammar.ts';

/** A client of each protocol, so that one description of what is asked and said serves all three. */

/** What a client asks for in its first turn. */
export interface Ask {
  readonly words: string;
  readonly stream: boolean;
  readonly withTools?: boolean;
  /** A PNG, base64. */
  readonly image?: string;
  readonly reasons?: boolean;
  readonly schema?: JsonObject;
}

/** What an answer says, in no protocol's words. */
export interface Said {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: unknown }[];
  readonly finish: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

export interface ToolResult {
  readonly id: string;
  readonly text: string;
  readonly isError?: boolean;
}

export interface MatrixClient {
  readonly path: string;
  request(ask: Ask): JsonObject;
  /** The rules that a stream of ours breaks. */
  grammar(stream: string, options?: { readonly unreadableArguments?: boolean }): readonly string[];
  /** The answer that the protocol's SDK makes of a stream; rejects where the SDK does. */
  accumulate(stream: string): Promise<JsonObject>;
  said(answer: JsonObject): Said;
  /** The next turn: the answer as it came, then the tools' results. */
  next(request: JsonObject, answer: JsonObject, results: readonly ToolResult[]): JsonObject;
}

const model = 'up/fake-model';
const description = 'Tells the weather.';
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };

const list = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value : []);
const texts = (parts: readonly JsonObject[], type: string, key = 'text'): string =>
  parts.flatMap((part) => (part.type === type ? [String(part[key])] : [])).join('');
const sum = (usage: unknown, ...keys: readonly string[]): number =>
  keys.reduce((total, key) => total + Number(plain(usage ?? {})[key] ?? 0), 0);
const plain = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value));

function readInput(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Agents that speak Chat or Responses can say only in words that a tool failed. */
const inWords = ({ text, isError }: ToolResult): string => (isError === true ? `Error: ${text}` : text);

const messages: MatrixClient = {
  path: '/v1/messages',
  request: ({ words, stream, withTools, image, reasons, schema }) => ({
    model,
    max_tokens: 4096,
    stream,
    messages: [
      {
        role: 'user',
        content: [
          ...(image === undefined
            ? []
            : [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: image } }]),
          { type: 'text', text: words },
        ],
      },
    ],
    ...(withTools === true && { tools: [{ name: 'get_weather', description, input_schema: parameters }] }),
    ...(reasons === true && { thinking: { type: 'enabled', budget_tokens: 2048 } }),
    ...(schema !== undefined && { output_config: { format: { type: 'json_schema', schema } } }),
  }),
  grammar: messagesGrammar,
  accumulate: async (stream) => plain(await sdkMessage(stream)),
  said: ({ content, stop_reason, usage }) => ({
    text: texts(list(content), 'text'),
    reasoning: texts(list(content), 'thinking', 'thinking'),
    calls: list(content).flatMap(({ type, id, name, input }) =>
      type === 'tool_use' ? [{ id: String(id), name: String(name), input }] : [],
    ),
    finish: { end_turn: 'stop', tool_use: 'calls', max_tokens: 'length' }[String(stop_reason)] ?? String(stop_reason),
    promptTokens: sum(usage, 'input_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens'),
    outputTokens: sum(usage, 'output_tokens'),
  }),
  next: (request, { content }, results) => ({
    ...request,
    messages: [
      ...list(request.messages),
      { role: 'assistant', content: [...list(content)] },
      {
        role: 'user',
        content: results.map(({ id, text, isError }) => ({
          type: 'tool_result',
          tool_use_id: id,
          content: text,
          ...(isError === true && { is_error: true }),
        })),
      },
    ],
  }),
};

const chat: MatrixClient = {
  path: '/v1/chat/completions',
  request: ({ words, stream, withTools, image, reasons, schema }) => ({
    model,
    stream,
    ...(stream && { stream_options: { include_usage: true } }),
    messages: [
      {
        role: 'user',
        content: [
          ...(image === undefined ? [] : [{ type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } }]),
          { type: 'text', text: words },
        ],
      },
    ],
    ...(withTools === true && {
      tools: [{ type: 'function', function: { name: 'get_weather', description, parameters } }],
    }),
    ...(reasons === true && { reasoning_effort: 'medium' }),
    ...(schema !== undefined && {
      response_format: { type: 'json_schema', json_schema: { name: 'place', schema, strict: true } },
    }),
  }),
  grammar: (stream, options) => chatGrammar(stream, { includeUsage: true, ...options }),
  accumulate: async (stream) => plain(await sdkCompletion(stream)),
  said: ({ choices, usage }) => {
    const { message, finish_reason } = list(choices)[0] ?? {};
    const { content, reasoning_content, tool_calls } = plain(message);
    return {
      text: String(content ?? ''),
      reasoning: String(reasoning_content ?? ''),
      calls: list(tool_calls).map((call) => {
        const { name, arguments: input } = plain(call.function);
        return { id: String(call.id), name: String(name), input: readInput(String(input)) };
      }),
      finish: finish_reason === 'tool_calls' ? 'calls' : String(finish_reason),
      promptTokens: sum(usage, 'prompt_tokens'),
      outputTokens: sum(usage, 'completion_tokens'),
    };
  },
  next: (request, { choices }, results) => ({
    ...request,
    messages: [
      ...list(request.messages),
      plain(list(choices)[0]?.message),
      ...results.map((result) => ({ role: 'tool', tool_call_id: result.id, content: inWords(result) })),
    ],
  }),
};

const responses: MatrixClient = {
  path: '/v1/responses',
  request: ({ words, stream, withTools, image, reasons, schema }) => ({
    model,
    stream,
    store: false,
    input: [
      {
        type: 'message',
        role: 'user',
        content: [
          ...(image === undefined ? [] : [{ type: 'input_image', image_url: `data:image/png;base64,${image}` }]),
          { type: 'input_text', text: words },
        ],
      },
    ],
    ...(withTools === true && {
      tools: [{ type: 'function', name: 'get_weather', description, parameters, strict: false }],
    }),
    ...(reasons === true && { reasoning: { effort: 'medium' }, include: ['reasoning.encrypted_content'] }),
    ...(schema !== undefined && { text: { format: { type: 'json_schema', name: 'place', schema, strict: true } } }),
  }),
  grammar: responsesGrammar,
  accumulate: async (stream) => plain(await sdkResponse(stream)),
  said: ({ output, status, incomplete_details, usage }) => {
    const items = list(output);
    const calls = items.flatMap(({ type, call_id, name, arguments: input }) =>
      type === 'function_call' ? [{ id: String(call_id), name: String(name), input: readInput(String(input)) }] : [],
    );
    const { reason } = plain(incomplete_details ?? {});
    return {
      text: items.map(({ content }) => texts(list(content), 'output_text')).join(''),
      reasoning: items
        .map(({ summary, content }) => texts(list(content), 'reasoning_text') || texts(list(summary), 'summary_text'))
        .join(''),
      calls,
      finish:
        reason === 'max_output_tokens'
          ? 'length'
          : status === 'completed'
            ? calls.length > 0
              ? 'calls'
              : 'stop'
            : String(status),
      promptTokens: sum(usage, 'input_tokens'),
      outputTokens: sum(usage, 'output_tokens'),
    };
  },
  next: (request, { output }, results) => ({
    ...request,
    input: [
      ...list(request.input),
      ...list(output).map(({ parsed_arguments: _, ...item }) => item),
      ...results.map((result) => ({ type: 'function_call_output', call_id: result.id, output: inWords(result) })),
    ],
  }),
};

export const clients: Readonly<Record<Protocol, MatrixClient>> = { messages, chat, responses };
