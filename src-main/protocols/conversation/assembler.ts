import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { Diagnostic } from '../../../src-shared/diagnostic.ts';
import type { FinishReason } from '../../../src-shared/finish-reason.ts';
import type { Usage } from '../../../src-shared/usage.ts';
import type { AssembledCall } from './assembled-call.ts';
import { assistantBlocks, newRound, type Round, toolOf } from './assembler-round.ts';
import { BlockQueue } from './block-queue.ts';
import { clientCallId } from './call-ids.ts';
import type { Supplies, ToolIdentity, ToolNames } from './codec.ts';
import type { ContentFlags, ContentPieces } from './content-reader.ts';
import { Diagnostics } from './diagnostics.ts';
import type { ConversationError } from './error.ts';
import type { AnswerBlock, OwnToolCall, Part, StreamEvent } from './events.ts';
import { cutBy, finishReason, isPlain } from './finish.ts';
import type { Block, WebSearchBlock } from './request.ts';
import { completeUsage, joinUsage } from './round-usage.ts';
import { ToolCallMatcher } from './tool-call-matcher.ts';

export interface AssemblerOptions {
  readonly supplies: Supplies;
  /** The answer's id as the client sees it. */
  readonly answerId: string;
  /** The model as the client named it. */
  readonly model: string;
  /** Who answers: reasoning state is bound to it. */
  readonly origin: { readonly upstream: string; readonly model: string };
  readonly toolNames: ToolNames;
  /** Ids of tool calls that the conversation holds, as the client knows them. */
  readonly usedCallIds: ReadonlySet<string>;
  readonly estimatedInputTokens: number;
  readonly flags: ContentFlags & Pick<CompatFlags, 'contentFilterIsRefusal'>;
  /** Tokens of the context window in force, where known: an answer cut at its end is told from one cut by the output limit. */
  readonly contextWindow?: number;
}

/**
 * `awaiting-usage`: the model has finished but the terminal event is held for late usage; the caller lets 2 s pass and pushes
 * `waited-enough`. `own-tools`: the round is over and the gateway is to run `ownCalls()`, then `nextRound()`.
 */
export type AssemblerState = 'streaming' | 'awaiting-usage' | 'own-tools' | 'ended';

type Finish = Part & { readonly kind: 'finish' };

/**
 * Turns the parts of a server's stream into the events of one answer, whatever the server's habits, and keeps the invariants I1–I10
 * of reference protocol.md §2.4: one block open at a time, contiguous indexes, calls with name and unique id, exactly one finish or
 * error, and a stream that was cut is an error. Never throws on what a server sent.
 */
export class Assembler {
  readonly #options: AssemblerOptions;
  readonly #diagnostics = new Diagnostics();
  readonly #usedCallIds: Set<string>;
  readonly #queue: BlockQueue;
  readonly #rounds: Usage[] = [];
  #round: Round;
  #state: AssemblerState = 'streaming';
  #started = false;

  constructor(options: AssemblerOptions) {
    this.#options = options;
    this.#usedCallIds = new Set(options.usedCallIds);
    const { supplies, origin } = options;
    this.#queue = new BlockQueue({
      supplies,
      origin,
      diagnostics: this.#diagnostics,
      usedCallIds: this.#usedCallIds,
    });
    this.#round = newRound(options, this.#diagnostics, 0);
  }

  get state(): AssemblerState {
    return this.#state;
  }

  /** Whether the start event was given. */
  get started(): boolean {
    return this.#started;
  }

  /** What could not be carried over, of all rounds so far. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics.list();
  }

  /** Usage of each finished round, for the log. */
  get roundUsages(): readonly Usage[] {
    return this.#rounds;
  }

  /** The start event, unless it was given before: for sending it before the server has said anything. */
  start(): StreamEvent[] {
    if (this.#started || this.#state === 'ended') return [];
    this.#started = true;
    const { answerId, model, estimatedInputTokens } = this.#options;
    const usage = completeUsage(null, estimatedInputTokens, []);
    return [{ kind: 'start', id: answerId, model, usage }];
  }

  /** Takes the next part of the stream. After the answer or its round has ended, parts are ignored. */
  push(part: Part): StreamEvent[] {
    if (this.#state === 'ended' || this.#state === 'own-tools') return [];
    switch (part.kind) {
      case 'alive':
        return [];
      case 'diagnostic':
        this.#diagnostics.add('dropped', part.what, part.why);
        return [];
      case 'error':
        return this.#fail(part.error);
      case 'end':
        return this.#round.finish === null
          ? this.#fail(cutOf(this.#options.origin.upstream))
          : this.#finish(this.#round.finish);
      case 'waited-enough':
        return this.#round.finish === null ? [] : this.#finish(this.#round.finish);
      case 'done':
        return this.#done();
      default: {
        const started = this.#started ? none : this.start();
        this.#take(part);
        const events = this.#queue.drain();
        // Usage that comes after the finish reason is the last thing a server has to say (I6).
        if (part.kind === 'usage' && this.#round.finish !== null) events.push(...this.#finish(this.#round.finish));
        return started.length === 0 ? events : [...started, ...events];
      }
    }
  }

  /** In state `own-tools`: the calls the gateway is to run, in order. */
  ownCalls(): readonly OwnToolCall[] {
    return this.#round.own.flatMap(({ block }) => (block === null ? [] : [block]));
  }

  /** What the model said in the round that is over, for appending it to the conversation: reasoning, text, calls. */
  assistantBlocks(): readonly Block[] {
    return assistantBlocks(this.#queue.closed.slice(this.#round.firstBlock), this.#round.own);
  }

  /** Goes on after own tools were run; `blocks` are what the client is shown of them. */
  nextRound(blocks: readonly WebSearchBlock[]): StreamEvent[] {
    if (this.#state !== 'own-tools') throw new Error(`no next round in state ${this.#state}`);
    for (const block of blocks) this.#queue.addWebSearch(block);
    const events = this.#queue.drain();
    this.#round = newRound(this.#options, this.#diagnostics, this.#queue.closed.length);
    this.#state = 'streaming';
    return events;
  }

  #take(part: Exclude<Part, { kind: 'alive' | 'diagnostic' | 'error' | 'end' | 'waited-enough' | 'done' }>): void {
    const round = this.#round;
    switch (part.kind) {
      case 'start':
        return;
      case 'text':
        for (const piece of round.content.push(part.text, this.#queue.growing !== 'text')) this.#addPiece(piece);
        return;
      case 'reasoning':
        round.content.reasoningCameApart();
        this.#addReasoning(part.text, part.field);
        return;
      case 'reasoning-state':
        this.#queue.addState(part);
        round.hasContent = true;
        return;
      case 'refusal':
        this.#addText('refusal', part.text);
        round.refusal += part.text;
        return;
      case 'tool-call':
        this.#addCallFragment(part);
        return;
      case 'web-search':
        this.#dropSpace();
        this.#queue.addWebSearch(part.block);
        round.hasContent = true;
        return;
      case 'block-end':
        this.#flushContent();
        this.#queue.endBlock();
        return;
      case 'usage':
        round.usage = part.usage;
        return;
      case 'finish':
        // A plain end that is said first or again does not hide that the answer was cut or refused.
        if (round.finish === null || isPlain(round.finish.reason)) round.finish = part;
        this.#state = 'awaiting-usage';
        return;
    }
  }

  #addPiece(piece: ContentPieces[number]): void {
    switch (piece.kind) {
      case 'text':
        this.#addText('text', piece.text);
        return;
      case 'reasoning':
        this.#addReasoning(piece.text, 'think_tags');
        return;
      case 'call': {
        this.#diagnostics.add('repaired', 'tool call', 'A call that the model server left in the text was recovered.');
        // A matcher of its own: no fragment of the wire's calls may be taken for one of this.
        const call = new ToolCallMatcher(this.#options.toolNames, this.#diagnostics).match({
          kind: 'tool-call',
          name: piece.name,
          arguments: piece.arguments,
        });
        this.#join(call);
        return;
      }
    }
  }

  /** Whitespace alone opens no block (I9): it is held, and put before what follows or dropped. */
  #addText(kind: 'text' | 'refusal', text: string): void {
    const { heldText } = this.#round;
    if (this.#queue.growing !== kind) {
      if (heldText === '' && text === '') return;
      if (text.trim() === '') {
        this.#round.heldText += text;
        return;
      }
      this.#dropSpace();
      this.#queue.addText(kind, heldText + text);
    } else if (text !== '') {
      this.#queue.addText(kind, text);
    }
    this.#round.hasContent = true;
  }

  #addReasoning(text: string, field: string): void {
    const { heldReasoning } = this.#round;
    if (this.#queue.growing !== 'reasoning') {
      if (text.trim() === '') {
        this.#round.heldReasoning += text;
        return;
      }
      this.#dropSpace();
      this.#queue.addReasoning(heldReasoning + text, field);
    } else {
      this.#queue.addReasoning(text, field);
    }
    this.#round.hasContent = true;
  }

  #addCallFragment(part: Part & { readonly kind: 'tool-call' }): void {
    const round = this.#round;
    this.#flushContent();
    round.hasContent = true;
    const call = round.matcher.match(part);
    if (round.joined.has(call)) {
      this.#queue.advance();
      return;
    }
    if (call.name === undefined) return;
    // A name that no tool has may still be the first piece of one.
    if (this.#options.toolNames.has(call.name) || call.fragments > 0) this.#join(call);
  }

  /** Gives a call that has its name a place in the answer; calls of the gateway's own tools are not shown. */
  #join(call: AssembledCall): void {
    this.#round.joined.add(call);
    const tool = this.#toolOf(call.name ?? '');
    if (tool.own) {
      this.#round.own.push({ call, tool, block: null });
      return;
    }
    this.#dropSpace();
    this.#queue.addCall(call, tool);
    this.#round.clientCalls++;
  }

  #toolOf(name: string): ToolIdentity {
    return this.#options.toolNames.get(name) ?? { name, toolKind: 'function', own: false };
  }

  #flushContent(): void {
    for (const piece of this.#round.content.end()) this.#addPiece(piece);
  }

  #dropSpace(): void {
    this.#round.heldText = '';
    this.#round.heldReasoning = '';
  }

  /** The wire's terminator. Without a finish reason it ends the answer only if there is one and no call in it is half said (I7). */
  #done(): StreamEvent[] {
    const { finish, hasContent, matcher } = this.#round;
    if (finish !== null) return this.#finish(finish);
    const isHalf = matcher.calls.some((call) => call.arguments.trim() !== '' && !call.complete && !call.freeText);
    return hasContent && !isHalf
      ? this.#finish({ kind: 'finish', reason: 'stop' })
      : this.#fail(cutOf(this.#options.origin.upstream));
  }

  #fail(error: ConversationError): StreamEvent[] {
    this.#state = 'ended';
    return [...this.#queue.drain(), { kind: 'error', error }];
  }

  #finish(finish: Finish): StreamEvent[] {
    const started = this.start();
    const round = this.#round;
    this.#flushContent();
    this.#joinRest();
    const wasCut = cutBy(finish.reason, round.usage, this.#options.contextWindow);
    const cutCall = wasCut === null ? null : this.#queue.closeCut();
    this.#queue.closeAll();
    if (cutCall !== null) round.clientCalls--;
    const blocks = this.#queue.closed.slice(round.firstBlock);
    const ownBlocks = this.#closeOwnCalls();
    const written = cutCall === null ? [...blocks, ...ownBlocks] : [...blocks, ...ownBlocks, cutCall];
    this.#rounds.push(completeUsage(round.usage, this.#options.estimatedInputTokens, written));

    const events = [...started, ...this.#queue.drain()];
    const reason = wasCut ?? this.#reason(finish.reason);
    if (round.own.length > 0) {
      if (reason === 'stop' && round.clientCalls === 0) {
        this.#state = 'own-tools';
        return events;
      }
      this.#diagnostics.add(
        'dropped',
        'tool call',
        'A call of a tool that the gateway runs came with others or was cut.',
      );
    }
    this.#state = 'ended';
    const detail = finish.detail ?? (reason === 'refusal' && round.refusal !== '' ? round.refusal : undefined);
    events.push({
      kind: 'finish',
      reason,
      usage: joinUsage(this.#rounds),
      ...(finish.stopSequence !== undefined && reason === 'stop-sequence' && { stopSequence: finish.stopSequence }),
      ...(detail !== undefined && { detail }),
      ...(cutCall !== null && { cutCall }),
    });
    return events;
  }

  /** Calls whose name never became that of a tool, and those that never got one. */
  #joinRest(): void {
    for (const call of this.#round.matcher.calls) {
      if (this.#round.joined.has(call)) continue;
      if (call.name !== undefined) this.#join(call);
      else this.#diagnostics.add('dropped', 'tool call', 'The model server never said its name.');
    }
  }

  #reason(said: FinishReason): FinishReason {
    const { clientCalls, own, refusal } = this.#round;
    if (said === 'tool-calls' && clientCalls === 0 && own.length === 0) {
      this.#diagnostics.add('repaired', 'finish reason', 'The model server announced tool calls but sent none.');
    }
    const { contentFilterIsRefusal } = this.#options.flags;
    return finishReason(said, { clientCalls, ownCalls: own.length, refused: refusal !== '', contentFilterIsRefusal });
  }

  #closeOwnCalls(): AnswerBlock[] {
    return this.#round.own.map((entry) => {
      const id = clientCallId(entry.call.id ?? '', this.#usedCallIds, this.#options.supplies);
      this.#usedCallIds.add(id);
      const { input } = entry.call.close();
      entry.block = { id, name: entry.tool.name, input };
      return { ...toolOf(entry.tool), kind: 'tool-call', id, input, cut: false };
    });
  }
}

export function createAssembler(options: AssemblerOptions): Assembler {
  return new Assembler(options);
}

const none: readonly StreamEvent[] = [];

function cutOf(upstream: string): ConversationError {
  return { kind: 'upstream-cut', message: `${upstream} ended its answer before it was complete.` };
}
