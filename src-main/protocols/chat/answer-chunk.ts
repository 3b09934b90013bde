import { isObject } from '../../../src-shared/json.ts';

/**
 * A whole Chat Completions answer as the frames of a stream that says the same, for a client that was promised a stream by a server
 * that then answered with JSON. What is no answer (an error) becomes a frame as it is.
 */
export function answerAsStream(body: Readonly<Record<string, unknown>>): string {
  if (!Array.isArray(body.choices)) return `data: ${JSON.stringify(body)}\n\n`;
  const choices = body.choices.map((choice: unknown) => {
    if (!isObject(choice)) return choice;
    const { message, ...rest } = choice;
    return { ...rest, delta: isObject(message) ? withIndexes(message) : {} };
  });
  return `data: ${JSON.stringify({ ...body, object: 'chat.completion.chunk', choices })}\n\ndata: [DONE]\n\n`;
}

/** In a delta each tool call needs its index; in a message it has none. */
function withIndexes(message: Record<string, unknown>): Record<string, unknown> {
  if (!Array.isArray(message.tool_calls)) return message;
  const calls = message.tool_calls.map((call: unknown, index) => (isObject(call) ? { index, ...call } : call));
  return { ...message, tool_calls: calls };
}
