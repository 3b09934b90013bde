import type { Usage } from '../../../src-shared/usage.ts';
import type { AssembledCall } from './assembled-call.ts';
import type { ToolIdentity, ToolNames } from './codec.ts';
import { type ContentFlags, ContentReader } from './content-reader.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { AnswerBlock, OwnToolCall, Part } from './events.ts';
import { readReasoningState } from './reasoning-state.ts';
import type { Block } from './request.ts';
import { ToolCallMatcher } from './tool-call-matcher.ts';

/** A call of a tool that the gateway runs; `block` is there once the round is over. */
export interface OwnCall {
  readonly call: AssembledCall;
  readonly tool: ToolIdentity;
  block: OwnToolCall | null;
}

/** What is known of the round that is under way: one request to the upstream and its answer. */
export interface Round {
  readonly matcher: ToolCallMatcher;
  readonly content: ContentReader;
  /** Calls that have their place: in the queue, or among the gateway's own. */
  readonly joined: Set<AssembledCall>;
  readonly own: OwnCall[];
  /** How many blocks earlier rounds have shown. */
  readonly firstBlock: number;
  clientCalls: number;
  hasContent: boolean;
  heldText: string;
  heldReasoning: string;
  refusal: string;
  usage: Usage | null;
  finish: (Part & { readonly kind: 'finish' }) | null;
}

/** @param firstBlock how many blocks earlier rounds have shown */
export function newRound(
  { flags, toolNames }: { readonly flags: ContentFlags; readonly toolNames: ToolNames },
  diagnostics: Diagnostics,
  firstBlock: number,
): Round {
  return {
    matcher: new ToolCallMatcher(toolNames, diagnostics),
    content: new ContentReader(flags, toolNames),
    joined: new Set(),
    own: [],
    firstBlock,
    clientCalls: 0,
    hasContent: false,
    heldText: '',
    heldReasoning: '',
    refusal: '',
    usage: null,
    finish: null,
  };
}

/**
 * What the model said in a round, as blocks of an assistant turn that can be sent back to it.
 *
 * @param shown the round's blocks, in order; the gateway's own calls follow them
 */
export function assistantBlocks(shown: readonly AnswerBlock[], own: readonly OwnCall[]): readonly Block[] {
  const calls = own.flatMap(({ tool, block }): Block[] =>
    block === null ? [] : [{ ...toolOf(tool), kind: 'tool-call', id: block.id, input: block.input }],
  );
  return [...shown.map(conversationBlock), ...calls];
}

/** The tool of a call, as blocks name it. */
export function toolOf({ name, namespace, toolKind }: ToolIdentity) {
  return { name, toolKind, ...(namespace !== undefined && { namespace }) };
}

function conversationBlock(block: AnswerBlock): Block {
  switch (block.kind) {
    case 'text':
    case 'refusal':
    case 'web-search':
      return block;
    case 'reasoning': {
      const state = readReasoningState(block.blob);
      return { kind: 'reasoning', text: block.text, ...(state !== null && { carried: { kind: 'ours', state } }) };
    }
    case 'tool-call': {
      const { cut: _, ...call } = block;
      return call;
    }
  }
}
