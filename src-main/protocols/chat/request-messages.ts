import type { JsonObject, JsonValue } from '../../../src-shared/json.ts';

/** The messages and tools of a Chat request as we write them (openai SDK 7.55.0); other servers take the same or less. */

export type TextPart = { type: 'text'; text: string; cache_control?: JsonObject };
export type ContentPart =
  | TextPart
  | { type: 'image_url'; image_url: { url: string; detail?: string } }
  | { type: 'input_audio'; input_audio: { data: string; format: string } }
  | { type: 'file'; file: { filename: string; file_data: string } };
/** Mistral's way to give reasoning back. */
export type ThinkingPart = { type: 'thinking'; thinking: TextPart[] };

export type ToolCall = { id: string; type: 'function'; function: { name: string; arguments: string } };

export type SystemMessage = { role: 'system'; content: string | TextPart[] };
export type UserMessage = { role: 'user'; content: string | ContentPart[] };
export type AssistantMessage = {
  role: 'assistant';
  content: string | (TextPart | ThinkingPart)[] | null;
  tool_calls?: ToolCall[];
  reasoning_content?: string;
  reasoning?: string;
  reasoning_text?: string;
  reasoning_details?: JsonValue;
};
export type ToolMessage = { role: 'tool'; tool_call_id: string; content: string | ContentPart[] };
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

export type FunctionTool = {
  type: 'function';
  function: { name: string; description?: string; parameters: JsonObject; strict?: boolean };
};
