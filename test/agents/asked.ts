import { z } from 'zod';
import type { Step } from '../fakes/script.ts';
import type { FakeUpstream } from '../fakes/upstream.ts';

const messageSchema = z.looseObject({
  role: z.string(),
  content: z.unknown(),
  reasoning_content: z.string().optional(),
  tool_call_id: z.string().optional(),
  tool_calls: z
    .array(z.looseObject({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) }))
    .default([]),
});
const bodySchema = z.looseObject({
  messages: z.array(messageSchema),
  tools: z.array(z.looseObject({ function: z.looseObject({ name: z.string() }) })).default([]),
});

/** A request of Chat Completions that arrived at the fake upstream. */
export interface Asked {
  readonly messages: readonly z.infer<typeof messageSchema>[];
  /** Names, in order. */
  readonly tools: readonly string[];
  /** The last message, as JSON. */
  readonly last: string;
}

/** What was asked of a fake upstream by Chat Completions, in order. */
export function askedByChat(fake: FakeUpstream): readonly Asked[] {
  return fake
    .requests()
    .filter(({ path }) => path === '/v1/chat/completions')
    .map(({ body }) => {
      const { messages, tools } = bodySchema.parse(JSON.parse(body));
      return { messages, tools: tools.map((tool) => tool.function.name), last: JSON.stringify(messages.at(-1)) };
    });
}

/** One whole tool call of a script. */
export function calls(name: string, input: object, id: string, index = 0): Step {
  return { call: { index, id, name, arguments: JSON.stringify(input) } };
}
