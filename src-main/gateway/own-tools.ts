import type { OwnToolCall } from '../protocols/conversation/events.ts';
import type { WebSearchBlock } from '../protocols/conversation/request.ts';

/** What a tool that the gateway runs gave: the text that the model reads, and the block that the client sees. */
export interface OwnToolResult {
  readonly text: string;
  readonly block: WebSearchBlock;
}

/** Runs one call. Rejects with a ConversationFailure, which ends the answer; `signal` is aborted when the client leaves. */
export type OwnToolRunner = (call: OwnToolCall, signal: AbortSignal) => Promise<OwnToolResult>;

/** The hosted tools that the gateway runs itself, by the name under which a model calls them, and what runs them. */
export interface OwnTools {
  readonly names: ReadonlyMap<'web-search' | 'web-fetch', string>;
  readonly run: OwnToolRunner;
}
