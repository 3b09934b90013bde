import { z } from 'zod';

/**
 * The Messages request as clients send it (Anthropic SDK 1.11.0, Claude Code 2.1.329). Only the shape of what is needed is checked:
 * unknown fields, enum values and block types pass. Messages, blocks and tools are checked by hand while they are decoded, because a
 * schema over each block of a long history costs more than the whole translation.
 */
export const requestSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.unknown()).min(1),
  system: z.union([z.string(), z.array(z.unknown())]).nullish(),
  max_tokens: z.int().min(0).nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.number().nullish(),
  stream: z.boolean().nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z
    .looseObject({ type: z.string(), name: z.string().nullish(), disable_parallel_tool_use: z.boolean().nullish() })
    .nullish(),
  thinking: z.looseObject({ type: z.string(), budget_tokens: z.number().nullish() }).nullish(),
  output_config: z.looseObject({ effort: z.string().nullish(), format: z.unknown().optional() }).nullish(),
  output_format: z.unknown().optional(),
  metadata: z.looseObject({ user_id: z.string().nullish() }).nullish(),
});
export type WireRequest = z.infer<typeof requestSchema>;

/** A request that lacks what we need, in Anthropic's words: `messages.0.content: Field required`. */
export class WireError extends Error {
  readonly path: string;
  constructor(path: string, problem: string) {
    super(path === '' ? problem : `${path}: ${problem}`);
    this.name = 'WireError';
    this.path = path;
  }
}

/** The checked top level of a request. Throws a WireError. */
export function parseRequest(body: unknown): WireRequest {
  const result = requestSchema.safeParse(body, { error: (issue) => problem(issue) });
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new WireError(issue?.path.join('.') ?? '', issue?.message ?? 'Input is invalid');
}

function problem(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined) return 'Field required';
  if (issue.code === 'too_small')
    return issue.path?.[0] === 'messages'
      ? 'at least one message is required'
      : 'Input should be greater than or equal to 0';
  if (issue.code === 'invalid_union') return 'Input should be a valid string or list';
  if (issue.code !== 'invalid_type') return 'Input is invalid';
  switch (issue.expected) {
    case 'string':
      return 'Input should be a valid string';
    case 'array':
      return 'Input should be a valid list';
    case 'object':
      return 'Input should be a valid dictionary';
    case 'boolean':
      return 'Input should be a valid boolean';
    case 'int':
    case 'number':
      return `Input should be a valid ${issue.path?.[0] === 'max_tokens' ? 'integer' : 'number'}`;
    default:
      return 'Input is invalid';
  }
}
