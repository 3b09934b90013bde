import { isObject, type JsonObject } from '../../src-shared/json.ts';

/** What of an encoded Chat request a model reads: its texts, and how many pictures. */
export interface PromptText {
  readonly texts: readonly string[];
  readonly messages: number;
  readonly images: number;
  readonly hasTools: boolean;
}

const mediaParts: ReadonlySet<unknown> = new Set(['image_url', 'input_image', 'input_audio', 'file', 'video_url']);

/** Reads a Chat request's body; media are counted and not read, so that base64 is never taken for text. */
export function promptText(body: JsonObject): PromptText {
  const texts: string[] = [];
  let images = 0;
  const read = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value);
    else if (Array.isArray(value)) for (const one of value) read(one);
    else if (isObject(value) && mediaParts.has(value.type)) images += 1;
    else if (isObject(value)) for (const [key, one] of Object.entries(value)) if (key !== 'type') read(one);
  };
  const messages = Array.isArray(body.messages) ? body.messages : [];
  for (const message of messages) {
    if (!isObject(message)) continue;
    read(message.content);
    read(message.reasoning_content ?? message.reasoning);
    if (Array.isArray(message.tool_calls))
      for (const call of message.tool_calls) if (isObject(call)) read(call.function);
  }
  const hasTools = Array.isArray(body.tools) && body.tools.length > 0;
  if (hasTools) texts.push(JSON.stringify(body.tools));
  return { texts, messages: messages.length, images, hasTools };
}
