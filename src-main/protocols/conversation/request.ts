import type { JsonObject } from '../../../src-shared/json.ts';
import type { Protocol } from '../../../src-shared/protocol.ts';
import type { CarriedReasoning } from './reasoning-state.ts';

/**
 * The canonical conversation: what every protocol's request is decoded to and encoded from. Shaped like Anthropic's content blocks
 * and Responses items, never like Chat messages, which lose mid-conversation system turns, block order and `is_error`.
 * What only one protocol knows travels in `extras[protocol]` and is written again only by that protocol's encoder.
 */
export type Extras = Readonly<Partial<Record<Protocol, JsonObject>>>;

export interface ConversationRequest {
  /** The model name as the client wrote it. */
  readonly model: string;
  /** Leading instructions, in order. */
  readonly system: readonly TextBlock[];
  readonly turns: readonly Turn[];
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly maxOutputTokens?: number;
  readonly stopSequences: readonly string[];
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly reasoning?: ReasoningRequest;
  readonly output: OutputFormat;
  readonly verbosity?: 'low' | 'medium' | 'high';
  readonly stream: boolean;
  /** Who uses the client, as the client says it (for Claude Code a JSON string): never sent on as it is. */
  readonly user?: string;
  /** Names the conversation, for slot affinity and prompt caches. */
  readonly conversationId?: string;
  readonly extras: Extras;
}

/** A turn of role `system` stands in the middle of a conversation; leading instructions are in `ConversationRequest.system`. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly blocks: readonly Block[];
  readonly extras?: Extras;
}

export type Block =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | AudioBlock
  | SearchResultBlock
  | ReasoningBlock
  | ToolCallBlock
  | ToolResultBlock
  | RefusalBlock
  | WebSearchBlock
  | ToolChangeBlock
  | CompactionBlock
  | OpaqueBlock;

export interface TextBlock {
  readonly kind: 'text';
  readonly text: string;
  readonly extras?: Extras;
}

export type MediaSource =
  | { readonly kind: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly kind: 'url'; readonly url: string }
  /** A file that was uploaded to the client's own provider; nobody else can read it. */
  | { readonly kind: 'file'; readonly id: string };

export interface ImageBlock {
  readonly kind: 'image';
  readonly source: MediaSource;
  readonly detail?: string;
  readonly extras?: Extras;
}

export interface DocumentBlock {
  readonly kind: 'document';
  readonly source:
    | MediaSource
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'content'; readonly blocks: readonly ToolResultPart[] };
  readonly title?: string;
  readonly context?: string;
  readonly extras?: Extras;
}

export interface AudioBlock {
  readonly kind: 'audio';
  readonly format: string;
  readonly data: string;
  readonly extras?: Extras;
}

/** A retrieved passage that the client hands in for citation. */
export interface SearchResultBlock {
  readonly kind: 'search-result';
  readonly title: string;
  readonly source: string;
  readonly text: string;
  readonly extras?: Extras;
}

export interface ReasoningBlock {
  readonly kind: 'reasoning';
  /** May be empty where only opaque state exists. */
  readonly text: string;
  readonly summary?: readonly string[];
  /** What the model that reasoned wants back; absent where the client gave plain text only. */
  readonly carried?: CarriedReasoning;
  readonly extras?: Extras;
}

export interface ToolCallBlock {
  readonly kind: 'tool-call';
  readonly id: string;
  readonly name: string;
  /** Responses: the namespace the tool was declared in. */
  readonly namespace?: string;
  /** `custom` tools take free text in `input`. */
  readonly toolKind: 'function' | 'custom';
  /** Function: the arguments as JSON text, as the client gave them (an object's text where it gave an object). Custom: the free text. */
  readonly input: string;
  readonly extras?: Extras;
}

export type ToolResultPart = TextBlock | ImageBlock | DocumentBlock | SearchResultBlock | AudioBlock | OpaqueBlock;

export interface ToolResultBlock {
  readonly kind: 'tool-result';
  readonly callId: string;
  readonly toolKind: 'function' | 'custom';
  readonly parts: readonly ToolResultPart[];
  readonly isError: boolean;
  /** Tools that this result makes callable (`tool_reference` blocks, tool_search_output): names, or identities (tool-names.ts). */
  readonly loadedTools: readonly string[];
  readonly extras?: Extras;
}

export interface RefusalBlock {
  readonly kind: 'refusal';
  readonly text: string;
  readonly extras?: Extras;
}

export interface WebSearchHit {
  readonly title: string;
  readonly url: string;
  readonly pageAge?: string;
  readonly text?: string;
}

/** A search that the server (a provider, or this gateway) ran itself: call and result in one. */
export interface WebSearchBlock {
  readonly kind: 'web-search';
  readonly id: string;
  readonly query: string;
  readonly result:
    | { readonly kind: 'hits'; readonly hits: readonly WebSearchHit[] }
    | { readonly kind: 'error'; readonly code: string }
    | null;
  readonly extras?: Extras;
}

/** A change to the tool list in the middle of a conversation (Anthropic `tool_addition`, `tool_removal`). */
export interface ToolChangeBlock {
  readonly kind: 'tool-change';
  readonly change:
    | { readonly kind: 'add'; readonly tool: Tool }
    | { readonly kind: 'load'; readonly name: string }
    | { readonly kind: 'remove'; readonly name: string };
}

/** A summary that stands for earlier turns. `text` is null where it is another provider's opaque blob. */
export interface CompactionBlock {
  readonly kind: 'compaction';
  readonly text: string | null;
  readonly extras?: Extras;
}

/** A block that only its own protocol understands. `what` is its type on the wire. */
export interface OpaqueBlock {
  readonly kind: 'opaque';
  readonly protocol: Protocol;
  readonly what: string;
  readonly raw: JsonObject;
}

export type Tool = FunctionTool | CustomTool | HostedTool;

interface ToolBase {
  readonly name: string;
  readonly namespace?: string;
  /** What the namespace as a whole is for. */
  readonly namespaceDescription?: string;
  readonly description?: string;
  /** Hidden from the model until a result names it. */
  readonly deferred: boolean;
  readonly extras?: Extras;
}
export interface FunctionTool extends ToolBase {
  readonly kind: 'function';
  /** JSON schema of the arguments, as the client wrote it. */
  readonly inputSchema: JsonObject;
  readonly strict?: boolean;
}
/** A tool that takes free text, perhaps bound by a grammar. */
export interface CustomTool extends ToolBase {
  readonly kind: 'custom';
  readonly grammar?: {
    /** `lark`, `regex`, or what else the client says. */
    readonly syntax: string;
    readonly definition: string;
  };
}
/** A tool that the provider runs. `web-search` is one the gateway can run itself; the rest are known by their wire type only. */
export interface HostedTool extends ToolBase {
  readonly kind: 'hosted';
  readonly hosted: 'web-search' | 'web-fetch' | 'other';
  readonly wireType: string;
}

export type ToolChoice =
  | { readonly mode: 'auto' }
  | { readonly mode: 'required' }
  | { readonly mode: 'none' }
  | { readonly mode: 'tool'; readonly name: string; readonly namespace?: string }
  /** `names`: of tools or of whole namespaces, or identities of tools (`isNamed` in tool-names.ts tells which are meant). */
  | { readonly mode: 'allowed'; readonly names: readonly string[]; readonly required: boolean };

export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export interface ReasoningRequest {
  readonly enabled: boolean;
  readonly effort?: ReasoningEffort;
  /** Tokens. */
  readonly budget?: number;
  readonly summary?: 'auto' | 'concise' | 'detailed' | null;
}

export type OutputFormat =
  | { readonly kind: 'text' }
  | { readonly kind: 'json-object' }
  | { readonly kind: 'json-schema'; readonly name: string; readonly schema: JsonObject; readonly strict: boolean };
