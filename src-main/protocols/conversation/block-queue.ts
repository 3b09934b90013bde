import type { JsonValue } from '../../../src-shared/json.ts';
import type { AssembledCall } from './assembled-call.ts';
import { clientCallId } from './call-ids.ts';
import type { Supplies, ToolIdentity } from './codec.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { AnswerBlock, OpenBlock, Part, StreamEvent } from './events.ts';
import { joinReasoningDetails } from './reasoning-details.ts';
import { type ReasoningState, writeReasoningState } from './reasoning-state.ts';
import type { WebSearchBlock } from './request.ts';

type StatePart = Part & { readonly kind: 'reasoning-state' };
type CallBlock = AnswerBlock & { readonly kind: 'tool-call' };

interface Waiting {
  readonly content:
    | { readonly kind: 'text' | 'refusal' }
    | { readonly kind: 'reasoning'; field?: string; state?: StatePart }
    | { readonly kind: 'tool-call'; readonly call: AssembledCall; readonly tool: ToolIdentity; id?: string }
    | WebSearchBlock;
  text: string;
  unsent: string;
  /** The wire said that this block ended. */
  ended: boolean;
  opened: boolean;
}

export interface BlockQueueOptions {
  readonly supplies: Supplies;
  readonly diagnostics: Diagnostics;
  /** Ids the conversation holds already; ids that are given out are added. */
  readonly usedCallIds: Set<string>;
  /** Whom the reasoning's state belongs to. */
  readonly origin: { readonly upstream: string; readonly model: string };
}

/** How many fragments of arguments a call without an id is held back for, in case its id comes late. */
const fragmentsToWaitForId = 8;

/**
 * Puts the blocks of an answer one behind the other, whatever order their pieces come in: the first is open and streams, the rest
 * are held until it is done. Text and reasoning are done as soon as something else follows; a tool call only when its arguments are
 * a whole object, so that calls whose pieces are interleaved stay whole and calls that follow one another all stream.
 */
export class BlockQueue {
  /** Blocks that were shown and closed, in order. */
  readonly closed: AnswerBlock[] = [];
  #index = 0;
  #waiting: Waiting[] = [];
  #out: StreamEvent[] = [];
  readonly #options: BlockQueueOptions;

  constructor(options: BlockQueueOptions) {
    this.#options = options;
  }

  /** The events since the last call. */
  drain(): StreamEvent[] {
    const events = this.#out;
    this.#out = [];
    return events;
  }

  /** The kind of the last block while it can still grow. */
  get growing(): 'text' | 'refusal' | 'reasoning' | 'tool-call' | null {
    const last = this.#waiting.at(-1);
    if (last === undefined || last.ended || last.content.kind === 'web-search') return null;
    return last.content.kind;
  }

  /** Adds to the last block if it is of that kind and not ended, else begins one. */
  addText(kind: 'text' | 'refusal', text: string): void {
    const last = this.growing === kind ? this.#waiting.at(-1) : undefined;
    this.#grow(last ?? this.#push({ kind }), text);
  }

  addReasoning(text: string, field: string): void {
    const target = this.#reasoning();
    if (target.content.kind === 'reasoning') target.content.field ??= field;
    this.#grow(target, text);
  }

  /** Adds opaque state to the reasoning that is open, or keeps it in a block without text. */
  addState(part: StatePart): void {
    if (part.redacted !== undefined) this.endBlock(); // redacted reasoning is a block of its own
    const { content } = this.#reasoning();
    if (content.kind !== 'reasoning') return;
    const details = joinDetails(content.state?.details, part.details);
    content.state = { ...content.state, ...part, ...(details !== undefined && { details }) };
    if (part.redacted !== undefined) this.endBlock();
  }

  addCall(call: AssembledCall, tool: ToolIdentity): void {
    this.#push({ kind: 'tool-call', call, tool });
    this.advance();
  }

  addWebSearch(block: WebSearchBlock): void {
    this.#push(block).ended = true;
    this.advance();
  }

  /** The wire says that the last block is over. */
  endBlock(): void {
    const last = this.#waiting.at(-1);
    if (last === undefined) return;
    last.ended = true;
    this.advance();
  }

  /** Shows what can be shown. To be called after a call that was added has grown. */
  advance(): void {
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined) return;
      const mustMove = first.ended || this.#waiting.length > 1;
      this.#show(first, mustMove);
      if (!mustMove || !isDone(first)) return;
      this.#close(first);
      this.#waiting.shift();
    }
  }

  /** The answer is over: shows and closes all that is left. */
  closeAll(): void {
    for (const entry of this.#waiting) {
      this.#show(entry, true);
      this.#close(entry);
    }
    this.#waiting = [];
  }

  /**
   * The answer ended by length: closes what is whole. A call that was cut stays open if it was shown (a client that sees it closed
   * would run it), else it is left out; the cut call is returned.
   */
  closeCut(): CallBlock | null {
    const [first] = this.#waiting;
    const openIsCut = first?.opened === true && isCut(first);
    const cut = openIsCut ? first : this.#waiting.findLast(isCut);
    for (const entry of this.#waiting) {
      if (entry === cut || (!openIsCut && !isCut(entry))) continue;
      this.#options.diagnostics.add(
        'dropped',
        entry.content.kind,
        'The answer was cut by its length before it was whole.',
      );
    }
    this.#waiting = openIsCut ? [] : this.#waiting.filter((entry) => !isCut(entry));
    if (openIsCut && first !== undefined) this.#show(first, true);
    this.closeAll();
    if (cut?.content.kind !== 'tool-call') return null;
    const { call, tool } = cut.content;
    return callBlock(tool, this.#callId(cut.content), call.input, true);
  }

  #reasoning(): Waiting {
    const last = this.growing === 'reasoning' ? this.#waiting.at(-1) : undefined;
    return last ?? this.#push({ kind: 'reasoning' });
  }

  #push(content: Waiting['content']): Waiting {
    const entry: Waiting = { content, text: '', unsent: '', ended: false, opened: false };
    this.#waiting.push(entry);
    return entry;
  }

  #grow(entry: Waiting, text: string): void {
    entry.text += text;
    entry.unsent += text;
    this.advance();
  }

  #show(entry: Waiting, mustMove: boolean): void {
    const { content } = entry;
    switch (content.kind) {
      case 'text':
      case 'refusal':
      case 'reasoning':
        if (entry.unsent === '') return;
        this.#open(entry, content);
        break;
      case 'tool-call': {
        const { call, tool } = content;
        const isNamed = mustMove || call.id !== undefined || call.fragments > fragmentsToWaitForId;
        if (!entry.opened && !isNamed) return;
        if (!entry.opened) this.#open(entry, { ...callIdentity(tool), kind: 'tool-call', id: this.#callId(content) });
        entry.unsent = call.take();
        break;
      }
      case 'web-search':
        this.#open(entry, content);
        return;
    }
    if (entry.unsent === '') return;
    this.#out.push({ kind: 'delta', index: this.#index, text: entry.unsent });
    entry.unsent = '';
  }

  #open(entry: Waiting, block: OpenBlock | { readonly kind: 'reasoning' }): void {
    if (entry.opened) return;
    entry.opened = true;
    const open: OpenBlock = block.kind === 'reasoning' ? { kind: 'reasoning' } : block;
    this.#out.push({ kind: 'block-start', index: this.#index, block: open });
  }

  #close(entry: Waiting): void {
    const block = this.#finished(entry);
    if (block === null) return;
    if (!entry.opened) this.#open(entry, { kind: 'reasoning' }); // only reasoning without text is not open by now
    this.#out.push({ kind: 'block-stop', index: this.#index, block });
    this.closed.push(block);
    this.#index++;
  }

  /** `null` for reasoning that has neither text nor state that could be carried. */
  #finished(entry: Waiting): AnswerBlock | null {
    const { content, text } = entry;
    switch (content.kind) {
      case 'text':
      case 'refusal':
        return { kind: content.kind, text };
      case 'reasoning': {
        const blob = this.#blob(content.field, content.state);
        return text === '' && blob === '' ? null : { kind: 'reasoning', text, blob };
      }
      case 'tool-call': {
        const { input, rest } = content.call.close();
        if (rest !== '') this.#out.push({ kind: 'delta', index: this.#index, text: rest });
        return callBlock(content.tool, this.#callId(content), input, false);
      }
      case 'web-search':
        return content;
    }
  }

  #blob(field: string | undefined, state: StatePart | undefined): string {
    const { kind: _, ...opaque } = state ?? { kind: 'reasoning-state' };
    const blob = writeState({ ...this.#options.origin, ...(field !== undefined && { field }), ...opaque });
    if (blob !== null) return blob;
    this.#options.diagnostics.add('dropped', 'reasoning', 'Its state is too big to be carried; it will not go back.');
    return '';
  }

  #callId(content: Waiting['content'] & { readonly kind: 'tool-call' }): string {
    if (content.id === undefined) {
      content.id = clientCallId(content.call.id ?? '', this.#options.usedCallIds, this.#options.supplies);
      this.#options.usedCallIds.add(content.id);
    }
    return content.id;
  }
}

/** `null` for a state that is too long, or nested too deeply to be written. */
function writeState(state: ReasoningState): string | null {
  try {
    return writeReasoningState(state);
  } catch (thrown) {
    if (thrown instanceof RangeError) return null;
    throw thrown;
  }
}

function isDone(entry: Waiting): boolean {
  return entry.ended || entry.content.kind !== 'tool-call' || entry.content.call.complete;
}

function isCut(entry: Waiting): boolean {
  return !entry.ended && entry.content.kind === 'tool-call' && !entry.content.call.complete;
}

function callIdentity({ name, namespace, toolKind }: ToolIdentity) {
  return { name, toolKind, ...(namespace !== undefined && { namespace }) };
}

function callBlock(tool: ToolIdentity, id: string, input: string, cut: boolean): CallBlock {
  return { kind: 'tool-call', id, ...callIdentity(tool), input, cut };
}

function joinDetails(before: JsonValue[] | undefined, added: JsonValue[] | undefined): JsonValue[] | undefined {
  return added === undefined ? before : joinReasoningDetails(before ?? [], added);
}
