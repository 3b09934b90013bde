/** The three protocols that agents and model servers speak: Anthropic Messages, OpenAI Chat Completions, OpenAI Responses. */
export type Protocol = 'messages' | 'chat' | 'responses';
