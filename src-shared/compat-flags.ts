import { z } from 'zod';

/** Protocols that some servers speak beside the one that their kind is spoken to in. */
export const nativeProtocols = ['messages', 'responses'] as const;

/**
 * How a model server deviates from the protocol it claims, as data. Kinds set them, the user can overrule them per model
 * (`upstreams[].models[].flags`); encoders and the assembler read them and never ask for a vendor's name.
 * Sources: reference protocol.md §10 and backends.md §3–§6 (measured).
 */
export const compatFlagsSchema = z.strictObject({
  /** Which key carries the output limit. */
  maxTokensField: z.enum(['max_tokens', 'max_completion_tokens']),
  /** `stream_options.include_usage` is understood. */
  usageInStream: z.boolean(),
  /** A `system` message is allowed after the first user message; else it is folded into a user turn. */
  midSystem: z.boolean(),
  /** System messages reach the model at any point of a conversation; else the system prompt opens the first user message. */
  systemMessages: z.boolean(),
  /** The chat template wants a user message first and refuses two turns of one role in a row; they are merged. */
  strictAlternation: z.boolean(),
  /** Tool messages may hold image parts. */
  toolImages: z.boolean(),
  /** The model sees images. `null`: not known, images are sent. */
  vision: z.boolean().nullable(),
  /** PDF files may be sent as `file` parts. */
  pdf: z.boolean(),
  /**
   * Under which field earlier reasoning is given back. `auto`: the field in which this upstream gave it; `none`: never;
   * `think_tags`: inside the content.
   */
  reasoningReplay: z.enum(['auto', 'none', 'reasoning_content', 'reasoning', 'reasoning_details', 'think_tags']),
  /** Reasoning goes back on every assistant turn (the prompt then never changes, so its cache holds) or after the last user turn only. */
  reasoningReplayTurns: z.enum(['all', 'last-turn']),
  /**
   * How thinking is switched on, off and sized in a request. `none`: the server knows no such parameter; `thinking-with-effort`: DeepSeek's
   * and z.ai's object with OpenAI's effort beside it; `reasoning-object`: OpenRouter's.
   */
  reasoningStyle: z.enum([
    'none',
    'openai',
    'chat-template',
    'llama-cpp',
    'ollama',
    'thinking-object',
    'thinking-with-effort',
    'reasoning-object',
    'enable-thinking',
  ]),
  /**
   * How a Messages server is asked to think: `adaptive` with an effort (Claude 4.6 and later), or by a `budget` of tokens (earlier
   * Claudes, other makers' servers). `none`: never.
   */
  messagesThinking: z.enum(['none', 'adaptive', 'budget']),
  /** Efforts the server accepts, lowest first; a higher one is clamped to the last, a lower one to the first. */
  reasoningEfforts: z.array(z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'])),
  /** `<think>` in the content: `never` looked for, at the very start (`auto`), anywhere at a block start (`always`), or opened by the template (`implicit-open`). */
  thinkTags: z.enum(['never', 'auto', 'always', 'implicit-open']),
  /** Tool calls that leaked into the text (`<tool_call>{…}`) are recovered. */
  leakedToolCalls: z.boolean(),
  /** `strict` may be sent with a tool. */
  strictTools: z.boolean(),
  /** JSON-schema keywords that the server's grammar can't take are left out of tool schemas. */
  schemaSubset: z.boolean(),
  /** Longest tool name the server takes. */
  toolNameMax: z.number().int().min(16).max(256),
  /** What tool call ids must look like. `nine-alphanumeric`: Mistral. */
  toolCallIds: z.enum(['any', 'nine-alphanumeric']),
  /** More than one tool call in an assistant message is allowed; else the message is split into call-result pairs. */
  parallelToolCalls: z.boolean(),
  /**
   * Where the text goes that an assistant message holds beside its tool calls: it stays `together` with them, goes `apart` into a message of its
   * own before it, or, where the message has reasoning, to the end of that (`in-reasoning`).
   */
  textWithToolCalls: z.enum(['together', 'apart', 'in-reasoning']),
  /**
   * How tools, calls and results are told to the model. `native`: in the protocol's own fields. `text-history`: earlier calls and their results
   * are written into the text, because the chat template loses them; `text`: the tools themselves are, too, in the system prompt, and the calls
   * are taken out of the answer's text.
   */
  toolFormat: z.enum(['native', 'text-history', 'text']),
  /** `tool_choice` may be an object that names a tool; else `required` is sent. */
  namedToolChoice: z.boolean(),
  /** `tool_choice` may force a call, any or a named one; else `auto` is sent for that. */
  forcedToolChoice: z.boolean(),
  /** `top_k` is understood. */
  topK: z.boolean(),
  /** `parallel_tool_calls` is understood. */
  parallelToolCallsParameter: z.boolean(),
  /** `temperature`, `top_p` are understood (OpenAI's reasoning models refuse them). */
  sampling: z.boolean(),
  /** A trailing assistant message is continued (prefill). */
  prefill: z.boolean(),
  /** `cache_control` marks are passed on. */
  cacheControl: z.boolean(),
  /** The server runs its protocol's own tools (Anthropic's and OpenAI's web search); else they are not offered to the model. */
  hostedTools: z.boolean(),
  /**
   * A Responses server takes all of the API: custom and namespaced tools, every type of item, `developer` messages anywhere,
   * foreign `encrypted_content`. Else tools go as functions and only plain items are sent.
   */
  fullResponses: z.boolean(),
  /** Its server's own endpoints of these protocols do all that agents build on (a check-up tells): agents of them are passed through. */
  nativeProtocols: z.array(z.enum(nativeProtocols)),
  /** A hash of the client's user id is sent as `user`. */
  sendUser: z.boolean(),
  /** finish_reason `content_filter` is a vendor's safety stop and becomes a refusal; else it ends the turn plainly. */
  contentFilterIsRefusal: z.boolean(),
  /** A prompt that does not fit the context window is shortened without a word instead of being refused. */
  truncatesSilently: z.boolean(),
});
export type CompatFlags = Readonly<z.infer<typeof compatFlagsSchema>>;

/** What a server that follows OpenAI's protocol and promises nothing else can take. */
export const defaultFlags: CompatFlags = {
  maxTokensField: 'max_tokens',
  usageInStream: true,
  midSystem: false,
  systemMessages: true,
  strictAlternation: false,
  toolImages: false,
  vision: null,
  pdf: false,
  reasoningReplay: 'auto',
  reasoningReplayTurns: 'all',
  reasoningStyle: 'none',
  messagesThinking: 'budget',
  reasoningEfforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
  thinkTags: 'auto',
  leakedToolCalls: false,
  strictTools: false,
  schemaSubset: false,
  toolNameMax: 64,
  toolCallIds: 'any',
  parallelToolCalls: true,
  textWithToolCalls: 'together',
  toolFormat: 'native',
  namedToolChoice: true,
  forcedToolChoice: true,
  topK: false,
  parallelToolCallsParameter: true,
  sampling: true,
  prefill: false,
  cacheControl: false,
  hostedTools: false,
  fullResponses: false,
  nativeProtocols: [],
  sendUser: false,
  contentFilterIsRefusal: false,
  truncatesSilently: false,
};
