import { isObject, type JsonObject, type JsonValue } from '../../src-shared/json.ts';
import type { Answer } from './answer.ts';

type Block = JsonObject & { readonly type: string };

/** Puts one streamed answer of Messages together, as a client of it does, and keeps when its content came. */
export class AnswerCollector {
  readonly #blocks = new Map<number, Block>();
  /** The JSON text of tool inputs, which comes in pieces. */
  readonly #inputs = new Map<number, string>();
  #stopReason: string | null = null;
  #usage: Record<string, unknown> = {};
  #error: Answer['error'] = null;
  #ended = false;
  #first: number | null = null;
  #last: number | null = null;
  #pieces = 0;

  /** `at`: milliseconds since the request was sent. What makes no sense is passed over: a missing end tells of it. */
  event(event: unknown, at: number): void {
    if (!isObject(event)) return;
    const index = typeof event.index === 'number' ? event.index : -1;
    switch (event.type) {
      case 'message_start':
        if (isObject(event.message)) this.#readUsage(event.message.usage);
        return;
      case 'content_block_start':
        this.#start(index, event.content_block, at);
        return;
      case 'content_block_delta':
        if (isObject(event.delta)) this.#delta(index, event.delta, at);
        return;
      case 'message_delta':
        if (isObject(event.delta) && typeof event.delta.stop_reason === 'string')
          this.#stopReason = event.delta.stop_reason;
        this.#readUsage(event.usage);
        return;
      case 'message_stop':
        this.#ended = true;
        return;
      case 'error':
        this.failed(200, isObject(event.error) ? String(event.error.message) : 'an error without words');
        return;
      default:
        return;
    }
  }

  /** `status`: 0 where there was no answer, 200 where it failed in its stream. */
  failed(status: number, message: string): void {
    this.#error ??= { status, message };
  }

  answer(): Answer {
    if (!this.#ended) this.failed(200, 'The answer was cut: its stream ended without an end.');
    const content = [...this.#blocks].map(([index, block]) => this.#whole(index, block));
    const joined = (type: string, member: string): string =>
      content.map((block) => (block.type === type ? String(block[member] ?? '') : '')).join('');
    return {
      content,
      text: joined('text', 'text'),
      reasoning: joined('thinking', 'thinking'),
      toolCalls: content.flatMap(({ type, id, name, input }) =>
        type === 'tool_use' ? [{ id: String(id), name: String(name), input }] : [],
      ),
      stopReason: this.#stopReason,
      usage: this.#figures(),
      error: this.#error,
      timing: { first: this.#first, last: this.#last, pieces: this.#pieces },
    };
  }

  #start(index: number, block: unknown, at: number): void {
    if (!isObject(block) || typeof block.type !== 'string') return;
    this.#blocks.set(index, { ...(block as JsonObject), type: block.type });
    if (block.type === 'tool_use') this.#came(at);
  }

  #delta(index: number, delta: Record<string, unknown>, at: number): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    if (delta.type === 'input_json_delta') {
      this.#inputs.set(index, (this.#inputs.get(index) ?? '') + String(delta.partial_json));
      this.#came(at);
      return;
    }
    for (const member of ['text', 'thinking', 'signature']) {
      const piece = delta[member];
      if (typeof piece !== 'string') continue;
      this.#blocks.set(index, { ...block, [member]: String(block[member] ?? '') + piece });
      if (member !== 'signature' && piece !== '') this.#came(at);
    }
  }

  #whole(index: number, block: Block): JsonObject {
    const text = this.#inputs.get(index);
    if (text === undefined || text === '') return block;
    try {
      const input: JsonValue = JSON.parse(text);
      return { ...block, input };
    } catch {
      return { ...block, input: text }; // no object: the check of the arguments says so
    }
  }

  #came(at: number): void {
    this.#first ??= at;
    this.#last = at;
    this.#pieces += 1;
  }

  #readUsage(usage: unknown): void {
    if (!isObject(usage)) return;
    for (const [name, value] of Object.entries(usage)) if (value !== null) this.#usage[name] = value;
  }

  #figures(): Answer['usage'] {
    const figure = (name: string): number => {
      const value = this.#usage[name];
      return typeof value === 'number' ? value : 0;
    };
    if (Object.keys(this.#usage).length === 0) return null;
    const cached = figure('cache_read_input_tokens');
    return {
      prompt: figure('input_tokens') + figure('cache_creation_input_tokens') + cached,
      cached,
      output: figure('output_tokens'),
    };
  }
}
