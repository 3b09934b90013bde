import Anthropic from '@anthropic-ai/sdk';
import type { Serve } from '../programs/serve.ts';

/** Anthropic's own client against the gateway; keeps the bytes of every answer. It never repeats a request. */
export interface MessagesClient {
  readonly anthropic: Anthropic;
  /** The body of the newest answer, once it has ended. */
  lastBody(): Promise<string>;
}

export function messagesClient(serve: Serve): MessagesClient {
  let last: Promise<string> = Promise.resolve('');
  const anthropic = new Anthropic({
    baseURL: serve.url,
    apiKey: serve.key,
    maxRetries: 0,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      last = response.clone().text();
      // Read only by those who ask; a cut connection must not fail a test that does not.
      last.catch(() => '');
      return response;
    },
  });
  return { anthropic, lastBody: () => last };
}

export const weatherTool: Anthropic.Tool = {
  name: 'get_weather',
  description: 'The weather in a city.',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { type: 'string' } },
    required: ['city'],
  },
};
