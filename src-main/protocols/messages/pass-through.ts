import { isObject, type JsonObject, type JsonValue } from '../../../src-shared/json.ts';
import type { PassThroughCodec } from '../conversation/pass-through.ts';
import { writeSse } from '../sse.ts';
import { messagesReasoning } from './pass-through-reasoning.ts';
import { createMessagesWatch } from './pass-through-watch.ts';

/** Messages from a client to a server that speaks it too. */
export const messagesPassThrough: PassThroughCodec = {
  protocol: 'messages',
  path: '/messages',
  keepAlive: writeSse('{"type":"ping"}', 'ping'),
  createWatch: createMessagesWatch,
  isAnswer: ({ type, error, content, input_tokens: counted }) =>
    type !== 'error' && (Array.isArray(content) || typeof counted === 'number' || !isObject(error)),
  errorKeys: ['type', 'error', 'request_id'],
  answerAsStream,
  defaults,
  reasoningEdits: messagesReasoning,
  requestHeaders: ['anthropic-version'],
  ownHeaders: { 'anthropic-version': '2023-06-01' },
  responseHeaders: /^anthropic-ratelimit-/,
};

const defaultKeys: ReadonlySet<string> = new Set(['temperature', 'top_p', 'top_k', 'max_tokens']);
const efforts: ReadonlySet<JsonValue | undefined> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);

function defaults(given: JsonObject): ReturnType<PassThroughCodec['defaults']> {
  const members: JsonObject = {};
  const lost: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    if (defaultKeys.has(key)) members[key] = value;
    else if (key === 'reasoning_effort' && efforts.has(value)) members.output_config = { effort: value };
    else lost.push(key);
  }
  return { members, lost };
}

/** A message in one go: each block starts empty and gets its content as deltas, since clients discard what a start holds. */
function answerAsStream(body: Readonly<Record<string, unknown>>): string {
  if (!Array.isArray(body.content)) return frame({ type: 'error', error: body.error ?? { type: 'api_error' } });
  const { content, stop_reason, stop_sequence, stop_details, ...rest } = body;
  const message = { ...rest, content: [], stop_reason: null, stop_sequence: null };
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
  const delta = {
    stop_reason: stop_reason ?? 'end_turn',
    stop_sequence: stop_sequence ?? null,
    ...(stop_details !== undefined && { stop_details }),
  };
  return [
    frame({ type: 'message_start', message }),
    ...blocks.filter(isObject).map(blockFrames),
    frame({ type: 'message_delta', delta, usage: rest.usage ?? { output_tokens: 0 } }),
    frame({ type: 'message_stop' }),
  ].join('');
}

function blockFrames(block: Record<string, unknown>, index: number): string {
  const { started, deltas } = taken(block);
  return [
    frame({ type: 'content_block_start', index, content_block: started }),
    ...deltas.map((delta) => frame({ type: 'content_block_delta', index, delta })),
    frame({ type: 'content_block_stop', index }),
  ].join('');
}

/** A block as its start and its deltas. Blocks that have no deltas on this wire (`redacted_thinking`, results) start whole. */
function taken(block: Record<string, unknown>): {
  readonly started: Record<string, unknown>;
  readonly deltas: readonly Record<string, unknown>[];
} {
  switch (block.type) {
    case 'text': {
      const citations: readonly unknown[] = Array.isArray(block.citations) ? block.citations : [];
      const cited = citations.map((citation) => ({ type: 'citations_delta', citation }));
      return { started: { ...block, text: '' }, deltas: [...cited, { type: 'text_delta', text: block.text }] };
    }
    case 'thinking': {
      const deltas = [
        { type: 'thinking_delta', thinking: block.thinking },
        { type: 'signature_delta', signature: block.signature ?? '' },
      ];
      return { started: { ...block, thinking: '', signature: '' }, deltas };
    }
    case 'tool_use':
    case 'server_tool_use': {
      const partial = JSON.stringify(block.input ?? {});
      return { started: { ...block, input: {} }, deltas: [{ type: 'input_json_delta', partial_json: partial }] };
    }
    default:
      return { started: block, deltas: [] };
  }
}

function frame(event: Readonly<Record<string, unknown>> & { readonly type: string }): string {
  return writeSse(JSON.stringify(event), event.type);
}
