import type { Diagnostics } from '../conversation/diagnostics.ts';
import { chosenName } from '../conversation/offered-tools.ts';
import type { ConversationRequest, TextBlock } from '../conversation/request.ts';
import { toolsToOffer } from './encode-tool-choice.ts';
import type { EncodedTools } from './encode-tools.ts';
import type { AssistantMessage, ContentPart, Message, ToolCall, ToolMessage, UserMessage } from './request-messages.ts';

/**
 * Tools for a model whose chat template knows none, in the words of NousResearch's Hermes, which most open models have seen in their
 * training: told in the system prompt, called as `<tool_call>{…}</tool_call>` (leaked-call-formats.ts reads that back), answered as
 * `<tool_response>…</tool_response>` of the user.
 */

/** What the system prompt says of the tools; null where none is offered. */
export function toolPrompt(
  request: ConversationRequest,
  encoded: EncodedTools,
  diagnostics: Diagnostics,
): TextBlock | null {
  const { toolChoice } = request;
  const tools = toolChoice.mode === 'none' ? [] : toolsToOffer(request, encoded);
  if (tools.length === 0) return null;
  diagnostics.add(
    'approximated',
    'tools',
    'The chat template of the model has no tools; the system prompt tells of them, and calls are read from the answer’s text.',
  );
  const lines = [
    '# Tools',
    '',
    'You can call functions. Their signatures stand as JSON between <tools> tags:',
    '<tools>',
    ...tools.map((tool) => JSON.stringify(tool)),
    '</tools>',
    '',
    'For each call write a JSON object with the function’s name and its arguments between <tool_call> tags, and nothing behind the last call:',
    '<tool_call>',
    '{"name": "function-name", "arguments": {"argument": "value"}}',
    '</tool_call>',
    'The results come back between <tool_response> tags, in the order of the calls.',
  ];
  const forced = forcedCall(request, encoded);
  if (forced !== null) {
    diagnostics.add('approximated', 'tool_choice', 'The model can only be asked to call a tool, not made to.');
    lines.push('', forced);
  }
  return { kind: 'text', text: lines.join('\n') };
}

function forcedCall({ toolChoice }: ConversationRequest, encoded: EncodedTools): string | null {
  switch (toolChoice.mode) {
    case 'auto':
    case 'none':
      return null;
    case 'required':
      return 'Your next answer must be a call.';
    case 'allowed':
      return toolChoice.required ? 'Your next answer must be a call.' : null;
    case 'tool': {
      const name = chosenName(toolChoice, encoded);
      return name === null ? null : `Your next answer must be a call of ${name}.`;
    }
  }
}

/** Earlier calls and results, written as the text that they would have been. */
export function callsAsText(messages: readonly Message[]): readonly Message[] {
  const written: Message[] = [];
  let results: UserMessage | null = null;
  for (const message of messages) {
    if (message.role === 'tool') {
      const content = resultText(message);
      results =
        results === null ? { role: 'user', content } : { role: 'user', content: both(results.content, content) };
    } else if (message.role === 'user' && results !== null) {
      written.push({ role: 'user', content: both(results.content, message.content) });
      results = null;
    } else {
      if (results !== null) written.push(results);
      results = null;
      written.push(message.role === 'assistant' ? withoutCalls(message) : message);
    }
  }
  return results === null ? written : [...written, results];
}

function withoutCalls({ tool_calls: calls, ...message }: AssistantMessage): AssistantMessage {
  if (calls === undefined) return message;
  const text = calls.map(callText).join('\n');
  const { content } = message;
  if (content === null || content === '') return { ...message, content: text };
  return {
    ...message,
    content: typeof content === 'string' ? `${content}\n${text}` : [...content, { type: 'text', text }],
  };
}

/** The arguments are JSON text of an object already. */
function callText({ function: { name, arguments: given } }: ToolCall): string {
  return `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${given}}\n</tool_call>`;
}

function resultText({ content }: ToolMessage): UserMessage['content'] {
  if (typeof content === 'string') return `<tool_response>\n${content}\n</tool_response>`;
  return [{ type: 'text', text: '<tool_response>' }, ...content, { type: 'text', text: '</tool_response>' }];
}

function both(first: UserMessage['content'], second: UserMessage['content']): UserMessage['content'] {
  if (typeof first === 'string' && typeof second === 'string') return `${first}\n${second}`;
  return [...asParts(first), ...asParts(second)];
}

function asParts(content: UserMessage['content']): ContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
