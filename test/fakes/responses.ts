import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Frame, flood, floodChunk, write } from './completion.ts';
import type { JsonRecord, Script } from './script.ts';

/**
 * The Responses API of the fake upstream: the same scripts as for chat, played in the order and shape of OpenAI's events [recorded].
 * A step's `chunk` is a whole event. Reasoning comes as raw text, under `field: "summary"` as a summary; each item that carries it ends
 * with an `encrypted_content`.
 */

/** The items of a request as chat messages, as far as the choice of a script looks at them. */
export function messagesOf(input: unknown): JsonRecord[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (!Array.isArray(input)) return [];
  return input.map((item: JsonRecord): JsonRecord => {
    const type = String(item.type ?? 'message');
    if (type === 'message') return item;
    return { role: type.endsWith('_output') ? 'tool' : 'assistant' };
  });
}

interface OpenItem {
  readonly item: JsonRecord;
  readonly index: number;
  text: string;
}

/** Builds the events of one answer. */
class ResponseEvents {
  readonly #frame: Frame;
  readonly #output: JsonRecord[] = [];
  readonly #open = new Map<string, OpenItem>();
  #items = 0;
  #sequence = 0;
  usage: JsonRecord | null = null;

  constructor(frame: Frame) {
    this.#frame = frame;
  }

  event(type: string, more: JsonRecord): string {
    return `event: ${type}\ndata: ${JSON.stringify({ type, ...more, sequence_number: this.#sequence++ })}\n\n`;
  }

  start(): string {
    const response = this.response('in_progress');
    return this.event('response.created', { response }) + this.event('response.in_progress', { response });
  }

  text(delta: string): string {
    return this.#grow('message', delta, (id) => ({ id, type: 'message', role: 'assistant', content: [] }));
  }

  reasoning(delta: string, isSummary: boolean): string {
    const key = isSummary ? 'summary' : 'reasoning';
    return this.#grow(key, delta, (id) => ({ id, type: 'reasoning', summary: [] }));
  }

  call({
    index = 0,
    id,
    name,
    arguments: args,
  }: {
    index?: number;
    id?: string;
    name?: string;
    arguments?: unknown;
  }): string {
    const delta = args === undefined ? '' : typeof args === 'string' ? args : JSON.stringify(args);
    return this.#grow(`call ${index}`, delta, (item) => ({
      id: item,
      type: 'function_call',
      ...(id !== undefined && { call_id: id }),
      ...(name !== undefined && { name }),
      arguments: '',
    }));
  }

  /** Ends all items and the response. */
  end(finish: string): string {
    let text = '';
    for (const key of [...this.#open.keys()])
      text += this.#close(key, finish === 'length' ? 'incomplete' : 'completed');
    const reason = finish === 'length' ? 'max_output_tokens' : finish === 'content_filter' ? finish : null;
    const status = reason === null ? 'completed' : 'incomplete';
    const response = this.response(status, reason === null ? {} : { incomplete_details: { reason } });
    return text + this.event(`response.${status}`, { response });
  }

  response(status: string, more: JsonRecord = {}): JsonRecord {
    const { id, model, created, promptTokens } = this.#frame;
    const output_tokens = Math.max(1, this.#sequence);
    const usage = this.usage ?? {
      input_tokens: promptTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: promptTokens + output_tokens,
    };
    const isOver = status !== 'in_progress';
    return {
      id: `resp_${id}`,
      object: 'response',
      created_at: created,
      status,
      error: null,
      incomplete_details: null,
      model,
      output: isOver ? [...this.#output] : [],
      usage: isOver ? usage : null,
      ...more,
    };
  }

  #grow(key: string, delta: string, make: (id: string) => JsonRecord): string {
    let text = '';
    let open = this.#open.get(key);
    if (open === undefined) {
      // Items are serial but for calls, whose pieces scripts may interleave.
      if (!key.startsWith('call')) for (const other of [...this.#open.keys()]) text += this.#close(other, 'completed');
      else for (const other of ['message', 'reasoning', 'summary']) text += this.#close(other, 'completed');
      const index = this.#items++;
      const prefix = key.startsWith('call') ? 'fc' : key === 'message' ? 'msg' : 'rs';
      open = { item: make(`${prefix}_${this.#frame.id}_${index}`), index, text: '' };
      this.#open.set(key, open);
      text += this.event('response.output_item.added', {
        output_index: index,
        item: { ...open.item, status: 'in_progress' },
      });
    }
    if (delta === '') return text;
    const place = { item_id: open.item.id, output_index: open.index };
    const part = partOf(key);
    if (part === null) {
      open.text += delta;
      return text + this.event('response.function_call_arguments.delta', { ...place, delta });
    }
    const { events, index } = part;
    if (open.text === '') text += this.event(`${events.part}.added`, { ...place, [index]: 0, part: part.make('') });
    open.text += delta;
    return text + this.event(`${events.text}.delta`, { ...place, [index]: 0, delta, ...part.more });
  }

  #close(key: string, status: string): string {
    const open = this.#open.get(key);
    if (open === undefined) return '';
    this.#open.delete(key);
    const { text, index } = open;
    const place = { item_id: open.item.id, output_index: index };
    const part = partOf(key);
    const item: JsonRecord = {
      ...open.item,
      ...(part === null ? { arguments: text } : { [part.list]: [part.make(text)] }),
      ...(key !== 'message' && part !== null && { encrypted_content: `encrypted ${index}` }),
      status,
    };
    this.#output[index] = item;
    const done = this.event('response.output_item.done', { output_index: index, item });
    if (part === null) return this.event('response.function_call_arguments.done', { ...place, arguments: text }) + done;
    const whole = { ...place, [part.index]: 0 };
    return (
      this.event(`${part.events.text}.done`, { ...whole, text, ...part.more }) +
      this.event(`${part.events.part}.done`, { ...whole, part: part.make(text) }) +
      done
    );
  }
}

/** How a text is told of: the events of its part, the field of its index, the item's list that holds it; null for a call. */
function partOf(key: string): {
  readonly events: { readonly part: string; readonly text: string };
  readonly index: 'content_index' | 'summary_index';
  readonly list: 'content' | 'summary';
  readonly make: (text: string) => JsonRecord;
  readonly more?: JsonRecord;
} | null {
  const content = { index: 'content_index', list: 'content' } as const;
  const contentPart = 'response.content_part';
  switch (key) {
    case 'message': {
      const events = { part: contentPart, text: 'response.output_text' };
      const make = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] });
      return { ...content, events, make, more: { logprobs: [] } };
    }
    case 'reasoning': {
      const events = { part: contentPart, text: 'response.reasoning_text' };
      return { ...content, events, make: (text) => ({ type: 'reasoning_text', text }) };
    }
    case 'summary': {
      const events = { part: 'response.reasoning_summary_part', text: 'response.reasoning_summary_text' };
      return { events, index: 'summary_index', list: 'summary', make: (text) => ({ type: 'summary_text', text }) };
    }
    default:
      return null;
  }
}

/** Plays a script as a stream of events. */
export async function playResponses(
  response: ServerResponse,
  script: Script,
  frame: Frame,
  recordings: string,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...script.headers });
  response.flushHeaders();
  if (script.bodyAfterMs !== undefined) await sleep(script.bodyAfterMs);
  if (script.recording !== undefined) {
    await write(response, await readFile(`${recordings}/${script.recording}`));
    response.end();
    return;
  }
  const events = new ResponseEvents(frame);
  let finish = 'stop';
  await write(response, events.start());
  for (const step of script.steps ?? []) {
    if (response.destroyed) return;
    if ('wait' in step) await sleep(step.wait);
    else if ('raw' in step) await write(response, step.raw);
    else if ('comment' in step) await write(response, `:${step.comment}\n\n`);
    else if ('chunk' in step) await write(response, `data: ${JSON.stringify(step.chunk)}\n\n`);
    else if ('error' in step)
      await write(
        response,
        events.event('response.failed', { response: events.response('failed', { error: step.error }) }),
      );
    else if ('finish' in step) finish = step.finish;
    else if ('usage' in step) events.usage = step.usage;
    else if ('flood' in step) await flood(response, step.flood, (at) => contentOf(events, floodChunk(step.flood, at)));
    else await write(response, contentOf(events, step));
  }
  const end = script.end ?? 'done';
  if (end === 'cut') response.destroy(new Error('cut by script'));
  else if (end === 'done') response.end(events.end(finish));
  else if (end === 'eof') response.end();
}

/** The same script as one JSON answer. */
export function responsesAnswer(script: Script, frame: Frame): JsonRecord {
  const events = new ResponseEvents(frame);
  let finish = 'stop';
  for (const step of script.steps ?? []) {
    if ('finish' in step) finish = step.finish;
    else if ('usage' in step) events.usage = step.usage;
    else contentOf(events, step);
  }
  const last = events.end(finish).trimEnd().split('\n').at(-1) ?? '';
  return JSON.parse(last.slice('data: '.length)).response;
}

function contentOf(events: ResponseEvents, step: NonNullable<Script['steps']>[number]): string {
  if ('text' in step) return events.text(step.text);
  if ('reasoning' in step) return events.reasoning(step.reasoning, step.field === 'summary');
  if ('call' in step) return events.call(step.call);
  if (!('flood' in step)) return '';
  return Array.from({ length: step.flood.count }, (_, at) => contentOf(events, floodChunk(step.flood, at))).join('');
}
