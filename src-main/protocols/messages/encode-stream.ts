import type { JsonObject } from '../../../src-shared/json.ts';
import type { StreamEncoder } from '../conversation/codec.ts';
import type { OpenBlock, StreamEvent } from '../conversation/events.ts';
import type { WebSearchBlock } from '../conversation/request.ts';
import { writeSse } from '../sse.ts';
import { messagesErrorBody } from './errors.ts';
import { encodeStop } from './stop-reason.ts';
import { encodeUsage } from './usage.ts';
import { encodeWebSearch } from './web-search.ts';

/**
 * Writes the events of one answer as a Messages stream (reference protocol.md §4.2). Every frame has its `event:` line, content comes
 * in deltas only, and nothing follows an error. Block indexes are counted here: a web search is one block of ours and two on the wire.
 */
export function createMessagesStreamEncoder(): StreamEncoder {
  let index = 0;
  let searches = 0;
  /** What goes before the text of a delta of the open block. */
  let deltaHead = '';
  /** Reasoning is opened by its first text: without any it is a redacted block, which looks different from its start. */
  let unopenedReasoning = false;

  const open = (block: OpenBlock): string => {
    switch (block.kind) {
      case 'text':
      case 'refusal':
        deltaHead = delta(index, 'text_delta', 'text');
        return blockStart(index, { type: 'text', text: '' });
      case 'reasoning':
        deltaHead = delta(index, 'thinking_delta', 'thinking');
        unopenedReasoning = true;
        return '';
      case 'tool-call':
        deltaHead = delta(index, 'input_json_delta', 'partial_json');
        return blockStart(index, { type: 'tool_use', id: block.id, name: block.name, input: {} });
      case 'web-search':
        return search(block);
    }
  };

  const search = (block: WebSearchBlock): string => {
    searches++;
    let text = '';
    for (const content of encodeWebSearch(block)) {
      if (content.type === 'server_tool_use') {
        text += blockStart(index, { ...content, input: {} });
        text += `${delta(index, 'input_json_delta', 'partial_json')}${JSON.stringify(JSON.stringify(content.input))}}}\n\n`;
      } else {
        text += blockStart(index, content);
      }
      text += blockStop(index++);
    }
    return text;
  };

  const encode = (event: StreamEvent): string => {
    switch (event.kind) {
      case 'delta': {
        const text = `${deltaHead}${JSON.stringify(event.text)}}}\n\n`;
        if (!unopenedReasoning) return text;
        unopenedReasoning = false;
        return blockStart(index, emptyThinking) + text;
      }
      case 'start':
        return frame('message_start', {
          type: 'message_start',
          message: {
            id: event.id,
            type: 'message',
            role: 'assistant',
            model: event.model,
            content: [],
            stop_reason: null,
            stop_sequence: null,
            stop_details: null,
            container: null,
            usage: encodeUsage(event.usage, 0),
          },
        });
      case 'block-start':
        return open(event.block);
      case 'block-stop': {
        const { block } = event;
        if (block.kind === 'web-search') return '';
        if (block.kind !== 'reasoning') return blockStop(index++);
        const start = unopenedReasoning ? blockStart(index, emptyThinking) : '';
        if (unopenedReasoning && block.blob !== '') {
          unopenedReasoning = false;
          return blockStart(index, { type: 'redacted_thinking', data: block.blob }) + blockStop(index++);
        }
        unopenedReasoning = false;
        return `${start}${delta(index, 'signature_delta', 'signature')}${JSON.stringify(block.blob)}}}\n\n${blockStop(index++)}`;
      }
      case 'finish':
        return (
          frame('message_delta', {
            type: 'message_delta',
            delta: encodeStop(event),
            usage: encodeUsage(event.usage, searches),
          }) + frame('message_stop', { type: 'message_stop' })
        );
      case 'error':
        return frame('error', messagesErrorBody(event.error));
      case 'ping':
        return frame('ping', { type: 'ping' });
    }
  };
  return { encode };
}

const emptyThinking = { type: 'thinking', thinking: '', signature: '' };

function frame(event: string, data: JsonObject): string {
  return writeSse(JSON.stringify(data), event);
}

function blockStart(index: number, block: JsonObject): string {
  return frame('content_block_start', { type: 'content_block_start', index, content_block: block });
}

function blockStop(index: number): string {
  return `event: content_block_stop\ndata: {"type":"content_block_stop","index":${index}}\n\n`;
}

/** A delta's frame up to its text, which is written as JSON and followed by `}}`: built once a block, for this is the hot path. */
function delta(index: number, type: string, key: string): string {
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${type}","${key}":`;
}
