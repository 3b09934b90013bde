import type { CompatFlags } from '../../../src-shared/compat-flags.ts';

/** What each flag is about, in words that go with its value. */
export const flagWords: Readonly<Record<keyof CompatFlags, string>> = {
  maxTokensField: 'The limit of an answer is sent as',
  usageInStream: 'Is asked for its token counts in a stream',
  midSystem: 'Takes system messages in mid-conversation',
  systemMessages: 'Keeps its system prompt through a conversation',
  strictAlternation: 'Wants user and assistant to speak in turn',
  toolImages: 'Takes images in the results of tools',
  vision: 'Sees images',
  pdf: 'Takes PDF files',
  reasoningReplay: 'Gets earlier reasoning back as',
  reasoningReplayTurns: 'Gets earlier reasoning back for',
  reasoningStyle: 'Is told how to reason by',
  messagesThinking: 'Is asked to think (Messages) by',
  reasoningEfforts: 'Takes as reasoning efforts',
  thinkTags: 'Reasoning between think tags in its text is told apart',
  leakedToolCalls: 'Tool calls in its text are taken out of it',
  strictTools: 'Takes tools marked as strict',
  schemaSubset: 'Gets tool schemas without what its grammar can’t take',
  toolNameMax: 'Longest name of a tool',
  toolCallIds: 'Ids of tool calls are',
  parallelToolCalls: 'Takes several tool calls in one message',
  textWithToolCalls: 'Text beside a tool call goes',
  toolFormat: 'Tools and their calls are told as',
  namedToolChoice: 'Can be told which tool to call',
  forcedToolChoice: 'Can be told to call a tool',
  topK: 'Takes top_k',
  parallelToolCallsParameter: 'Takes parallel_tool_calls',
  sampling: 'Takes temperature and top_p',
  prefill: 'Goes on with an answer that is begun',
  cacheControl: 'Gets marks for its prompt cache',
  hostedTools: 'Runs web search and the like itself',
  fullResponses: 'Takes all of the Responses API',
  nativeProtocols: 'Is passed, as they are, requests of',
  sendUser: 'Gets a hash of the client’s user',
  contentFilterIsRefusal: 'A content filter counts as a refusal',
  truncatesSilently: 'Shortens a prompt that is too long without a word',
};

/** A flag's value for people. */
export function flagValue(value: CompatFlags[keyof CompatFlags]): string {
  if (value === null) return 'not known';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? value.join(', ') || 'none' : String(value);
}
