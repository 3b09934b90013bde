import type { JsonObject } from '../../../src-shared/json.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { AnswerContext, StreamEncoder, Supplies } from '../conversation/codec.ts';
import type { AnswerBlock, OpenBlock, StreamEvent } from '../conversation/events.ts';
import { citationsOf } from './citations.ts';
import { encodeFinish } from './encode-finish.ts';
import { encodeUsage } from './encode-usage.ts';
import { encodeChatErrorChunk } from './errors.ts';
import { reasoningDetails } from './reasoning-details.ts';

/**
 * Writes the events of one answer as a Chat Completions stream (reference protocol.md §7.2): a first chunk with the role, one chunk a
 * delta, one with the finish reason, one with the usage where the client asked for it, `[DONE]`. An error is the last chunk.
 */
export function createChatStreamEncoder(supplies: Supplies, { request }: AnswerContext): StreamEncoder {
  const options = request.extras.chat?.stream_options;
  const includeUsage = isObject(options) && options.include_usage === true;
  /** A chunk up to its delta: built once, for this is the hot path. */
  let head = '';
  let tail = '';
  /** What goes before the text of a delta of the open block, and after it. */
  let before = '';
  let after = '';
  let calls = 0;
  let reasonings = 0;
  let refused = false;

  const chunk = (delta: JsonObject, finish: string | null = null): string =>
    `${head}${JSON.stringify(delta)},"logprobs":null,"finish_reason":${JSON.stringify(finish)}}]${tail}`;

  const open = (block: OpenBlock): string => {
    switch (block.kind) {
      case 'text':
        return deltas('{"content":', '}');
      case 'refusal':
        refused = true;
        return deltas('{"refusal":', '}');
      case 'reasoning':
        return deltas('{"reasoning_content":', '}');
      case 'tool-call': {
        const { id, name } = block;
        const index = calls++;
        if (block.toolKind === 'custom') {
          deltas(`{"tool_calls":[{"index":${index},"custom":{"input":`, '}}]}');
          return chunk({ tool_calls: [{ index, id, type: 'custom', custom: { name, input: '' } }] });
        }
        deltas(`{"tool_calls":[{"index":${index},"function":{"arguments":`, '}}]}');
        return chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] });
      }
      case 'web-search': {
        const annotations = citationsOf(block);
        return annotations.length === 0 ? '' : chunk({ annotations: [...annotations] });
      }
    }
  };

  const deltas = (start: string, end: string): '' => {
    before = head + start;
    after = `${end},"logprobs":null,"finish_reason":null}]${tail}`;
    return '';
  };

  const close = (block: AnswerBlock): string => {
    if (block.kind !== 'reasoning') return '';
    const details = reasoningDetails(block.text, block.blob, reasonings++);
    return details.length === 0 ? '' : chunk({ reasoning_details: details });
  };

  const encode = (event: StreamEvent): string => {
    switch (event.kind) {
      case 'delta':
        return `${before}${JSON.stringify(event.text)}${after}`;
      case 'start': {
        const created = Math.floor(supplies.now() / 1000);
        const frame = `data: {"id":${JSON.stringify(event.id)},"object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(event.model)},"choices":[`;
        head = `${frame}{"index":0,"delta":`;
        tail = includeUsage ? ',"usage":null}\n\n' : '}\n\n';
        return chunk({ role: 'assistant', content: '' });
      }
      case 'block-start':
        return open(event.block);
      case 'block-stop':
        return close(event.block);
      case 'finish': {
        const why = event.reason === 'refusal' && !refused && event.detail !== undefined;
        const refusal = why ? chunk({ refusal: event.detail }) : '';
        const finish = chunk({}, encodeFinish(event.reason));
        const usage = `${head.slice(0, head.indexOf('{"index":0,"delta":'))}],"usage":${JSON.stringify(encodeUsage(event.usage))}}\n\n`;
        return `${refusal}${finish}${includeUsage ? usage : ''}data: [DONE]\n\n`;
      }
      case 'error':
        return encodeChatErrorChunk(event.error);
      case 'ping':
        return ': keep-alive\n\n';
    }
  };
  return { encode };
}
