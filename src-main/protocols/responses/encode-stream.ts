import type { JsonObject } from '../../../src-shared/json.ts';
import type { Usage } from '../../../src-shared/usage.ts';
import type { AnswerContext, StreamEncoder, Supplies } from '../conversation/codec.ts';
import type { ConversationError } from '../conversation/error.ts';
import type { AnswerBlock, OpenBlock, StreamEvent } from '../conversation/events.ts';
import { isCodex } from './codex.ts';
import { asksForCompaction, compactionItem, noSummary, summaryText } from './compaction.ts';
import { encodeUsage } from './encode-usage.ts';
import { type Ending, endingOf } from './ending.ts';
import { responsesFailure } from './errors.ts';
import { EventWriter } from './event-writer.ts';
import { type OpenItem, openItem } from './open-item.ts';
import { idPrefix, outputItem } from './output-items.ts';
import { changingFields, echoedFields, newResponse, type ResponseState } from './response-object.ts';

type Finish = StreamEvent & { readonly kind: 'finish' };

interface Current {
  readonly id: string;
  readonly item: OpenItem;
}

/**
 * Writes the events of one answer as a Responses stream (reference protocol.md §6.2): items one after the other, every delta between its
 * item's being added and being done, and one `response.completed`, `.incomplete` or `.failed` last. A ping is a `response.in_progress`
 * with what has come so far: Codex's idle timer is reset by events only, and OpenAI's SDK takes over the output that such an event holds.
 */
class ResponsesStreamEncoder implements StreamEncoder {
  readonly #supplies: Supplies;
  readonly #context: AnswerContext;
  readonly #writer = new EventWriter();
  readonly #echoed: JsonObject;
  readonly #echoedText: string;
  readonly #output: JsonObject[] = [];
  readonly #kinds: AnswerBlock['kind'][] = [];
  #id = '';
  #model = '';
  #open: Current | null = null;
  /** A block that is whole; whether its item is, too, shows when it is known what follows. */
  #closing: (Current & { readonly block: AnswerBlock }) | null = null;
  #answer: JsonObject | null = null;
  /** The client asked for a summary of the conversation: what the model writes is shown as one item, when it is whole. */
  readonly #summary: AnswerBlock[] | null;

  constructor(supplies: Supplies, context: AnswerContext) {
    this.#supplies = supplies;
    this.#context = context;
    this.#echoed = echoedFields(context);
    this.#echoedText = JSON.stringify(this.#echoed);
    this.#summary = asksForCompaction(context.request) ? [] : null;
  }

  answer(): JsonObject | null {
    return this.#answer;
  }

  encode(event: StreamEvent): string {
    switch (event.kind) {
      case 'delta':
        return this.#open?.item.delta(event.text) ?? '';
      case 'start':
        return this.#start(event.id, event.model);
      case 'block-start':
        if (this.#summary !== null) return '';
        return this.#done('completed') + this.#add(event.block);
      case 'block-stop':
        this.#summary?.push(event.block);
        if (this.#open !== null) this.#closing = { ...this.#open, block: event.block };
        this.#open = null;
        return '';
      case 'finish':
        return this.#summary === null ? this.#finish(event) : this.#finishSummary(this.#summary, event.usage);
      case 'error':
        return this.#fail(event.error);
      case 'ping':
        return this.#id === '' ? '' : this.#lifecycle({ output: this.#soFar() });
    }
  }

  #start(id: string, model: string): string {
    this.#id = id;
    this.#model = model;
    return (
      this.#writer.lifecycle('response.created', changingFields(this.#state({})), this.#echoedText) +
      this.#lifecycle({})
    );
  }

  #fail(error: ConversationError): string {
    const start = this.#id === '' ? this.#start(this.#supplies.newId('resp_'), this.#context.request.model) : '';
    const done = this.#done('completed');
    this.#open = null;
    return start + done + this.#lifecycle({ status: 'failed', error: responsesFailure(error) });
  }

  #add(block: OpenBlock): string {
    const id = this.#supplies.newId(idPrefix(block, this.#context));
    const place = { item_id: id, output_index: this.#output.length };
    const item = openItem(block, place, this.#writer, this.#context);
    this.#open = { id, item };
    const { output_index } = place;
    return (
      this.#writer.event('response.output_item.added', { output_index, item: { id, ...item.added } }) + item.opening()
    );
  }

  /** Ends the item whose block is whole. */
  #done(status: 'completed' | 'incomplete'): string {
    if (this.#closing === null) return '';
    const { id, item, block } = this.#closing;
    this.#closing = null;
    const whole = { id, ...outputItem(block, status, this.#context) };
    const output_index = this.#output.length;
    this.#output.push(whole);
    this.#kinds.push(block.kind);
    return item.closing(block) + this.#writer.event('response.output_item.done', { output_index, item: whole });
  }

  #finish({ reason, cutCall, usage }: Finish): string {
    const kinds = this.#closing === null ? this.#kinds : [...this.#kinds, this.#closing.block.kind];
    const ending = endingOf(reason, kinds, isCodex(this.#context));
    let text = this.#done(cutCall === undefined ? ending.lastStatus : 'completed');
    if (cutCall !== undefined && ending.status === 'incomplete') {
      // Never done: a client that saw it done would run it.
      if (this.#open === null) text += this.#add(cutCall);
      const id = this.#open?.id ?? '';
      this.#output.push({ id, ...outputItem(cutCall, 'incomplete', this.#context) });
    }
    this.#open = null;
    return text + this.#end(ending, usage);
  }

  #finishSummary(blocks: readonly AnswerBlock[], usage: Usage): string {
    if (summaryText(blocks) === '') return this.#fail(noSummary);
    const id = this.#supplies.newId('cmp_');
    const item = { id, ...compactionItem(blocks, this.#model) };
    this.#output.push(item);
    return (
      this.#writer.event('response.output_item.added', { output_index: 0, item: { ...item, encrypted_content: '' } }) +
      this.#writer.event('response.output_item.done', { output_index: 0, item }) +
      this.#end({ status: 'completed', incompleteReason: null }, usage)
    );
  }

  #end({ status, incompleteReason, endTurn }: Omit<Ending, 'lastStatus'>, usage: Usage): string {
    const state: Partial<ResponseState> = {
      status,
      completedAt: status === 'completed' ? Math.floor(this.#supplies.now() / 1000) : null,
      incompleteReason,
      usage: encodeUsage(usage),
      ...(endTurn !== undefined && { endTurn }),
    };
    this.#answer = { ...changingFields(this.#state(state)), ...this.#echoed };
    return this.#lifecycle(state);
  }

  /** The output with what has come of the item that is not done. */
  #soFar(): JsonObject[] {
    const current = this.#open ?? this.#closing;
    return current === null ? this.#output : [...this.#output, { id: current.id, ...current.item.soFar() }];
  }

  #state(changes: Partial<ResponseState>): ResponseState {
    return { ...newResponse(this.#id, this.#model), output: this.#output, ...changes };
  }

  #lifecycle(changes: Partial<ResponseState>): string {
    const state = this.#state(changes);
    return this.#writer.lifecycle(`response.${state.status}`, changingFields(state), this.#echoedText);
  }
}

export function createResponsesStreamEncoder(supplies: Supplies, context: AnswerContext): StreamEncoder {
  return new ResponsesStreamEncoder(supplies, context);
}
