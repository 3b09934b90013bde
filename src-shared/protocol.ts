/** The three protocols that agents and model servers speak: Anthropic Messages, OpenAI Chat Completions, OpenAI Responses. */
export const protocols = ['messages', 'chat', 'responses'] as const;
export type Protocol = (typeof protocols)[number];
