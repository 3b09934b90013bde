import type { JsonObject } from '../../../src-shared/json.ts';
import type { Answer, AnswerBlock } from '../conversation/events.ts';
import { readToolInput } from '../conversation/tool-input.ts';
import { encodeStop } from './stop-reason.ts';
import { encodeUsage } from './usage.ts';
import { encodeWebSearch } from './web-search.ts';

/** A whole answer as the JSON body of a Messages response (reference protocol.md §4.1). */
export function encodeMessagesAnswer(answer: Answer): JsonObject {
  const searches = answer.blocks.filter((block) => block.kind === 'web-search').length;
  return {
    id: answer.id,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: answer.blocks.flatMap(encodeBlock),
    ...encodeStop(answer.finish),
    container: null,
    usage: encodeUsage(answer.usage, searches),
  };
}

function encodeBlock(block: AnswerBlock): readonly JsonObject[] {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return [{ type: 'text', text: block.text }];
    case 'reasoning':
      return [
        block.text === '' && block.blob !== ''
          ? { type: 'redacted_thinking', data: block.blob }
          : { type: 'thinking', thinking: block.text, signature: block.blob },
      ];
    case 'tool-call':
      // A cut call must not be run; a stream leaves its block open, here there is only leaving it out.
      return block.cut ? [] : [{ type: 'tool_use', id: block.id, name: block.name, input: toolInput(block.input) }];
    case 'web-search':
      return encodeWebSearch(block);
  }
}

/** Input that is no JSON object goes in the form in which Claude Code itself reports it, so that the model is told. */
function toolInput(text: string): JsonObject {
  const input = readToolInput(text);
  return input.kind === 'object' ? input.value : { __unparsedToolInput: { raw: text, len: text.length } };
}
