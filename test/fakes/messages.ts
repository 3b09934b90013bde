import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Frame, flood, floodChunk, write } from './completion.ts';
import type { JsonRecord, Script } from './script.ts';

/**
 * The same scripts in Anthropic's wire, for `POST /v1/messages`. Event shapes and their order (the ping behind the first block's start,
 * figures of usage at both ends) are those of recorded api.anthropic.com streams; thinking is signed with a made-up signature. A step that
 * is Chat's own (`delta`) is not said; `chunk` is an event, verbatim.
 */

/** Chat's words for a finish, which scripts use, in Anthropic's; others are said as they are. */
const stopReasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  tool_calls: 'tool_use',
  length: 'max_tokens',
  content_filter: 'refusal',
};

type Block = { readonly type: 'text' | 'thinking' } | { readonly type: 'tool_use'; readonly call: number };

/** Writes a script's blocks one behind the other, as Anthropic does: fragments of interleaved calls are put in order first. */
class MessagesWriter {
  #open: Block | null = null;
  #index = -1;
  #called = false;

  get called(): boolean {
    return this.#called;
  }

  text(text: string): string {
    return this.#switch({ type: 'text' }, { type: 'text', text: '' }) + this.#delta({ type: 'text_delta', text });
  }

  thinking(thinking: string): string {
    const start = this.#switch({ type: 'thinking' }, { type: 'thinking', thinking: '', signature: '' });
    return start + this.#delta({ type: 'thinking_delta', thinking });
  }

  call(call: number, id: string, name: string, input: string): string {
    this.#called = true;
    const start = this.#switch({ type: 'tool_use', call }, { type: 'tool_use', id, name, input: {} });
    return start + (input === '' ? '' : this.#delta({ type: 'input_json_delta', partial_json: input }));
  }

  close(): string {
    if (this.#open === null) return '';
    const signed =
      this.#open.type === 'thinking' ? this.#delta({ type: 'signature_delta', signature: 'c2lnbmVk' }) : '';
    this.#open = null;
    return signed + event({ type: 'content_block_stop', index: this.#index });
  }

  #switch(block: Block, content_block: JsonRecord): string {
    const isSame =
      this.#open?.type === block.type &&
      (block.type !== 'tool_use' || (this.#open.type === 'tool_use' && this.#open.call === block.call));
    if (isSame) return '';
    const closed = this.close();
    this.#open = block;
    this.#index += 1;
    const ping = this.#index === 0 ? event({ type: 'ping' }) : '';
    return closed + event({ type: 'content_block_start', index: this.#index, content_block }) + ping;
  }

  #delta(delta: JsonRecord): string {
    return event({ type: 'content_block_delta', index: this.#index, delta });
  }
}

function event(data: JsonRecord): string {
  return `event: ${String(data.type)}\ndata: ${JSON.stringify(data)}\n\n`;
}

function usageOf(frame: Frame, output: number): JsonRecord {
  return {
    input_tokens: frame.promptTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: output,
  };
}

interface Call {
  id: string;
  name: string;
  input: string;
}

/** The calls of a script, put together; Anthropic never interleaves them. */
function callsOf(script: Script): ReadonlyMap<number, Call> {
  const calls = new Map<number, Call>();
  for (const step of script.steps ?? []) {
    if (!('call' in step)) continue;
    const { index = 0, id, name, arguments: more } = step.call;
    const call = calls.get(index) ?? { id: `toolu_${index}`, name: '', input: '' };
    calls.set(index, {
      id: id ?? call.id,
      name: name ?? call.name,
      input: call.input + (more === undefined ? '' : typeof more === 'string' ? more : JSON.stringify(more)),
    });
  }
  return calls;
}

/** Plays a script as a Messages stream. The headers are written here; resolves when nothing more is to be sent. */
export async function playMessages(
  response: ServerResponse,
  script: Script,
  frame: Frame,
  recordings: string,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...script.headers });
  response.flushHeaders();
  if (script.bodyAfterMs !== undefined) await sleep(script.bodyAfterMs);
  if (script.recording !== undefined) {
    await write(response, await readFile(`${recordings}/${script.recording}`));
    response.end();
    return;
  }
  const writer = new MessagesWriter();
  const calls = callsOf(script);
  const written = new Set<number>();
  let stopReason: string | null = null;
  let usage: JsonRecord | null = null;
  let produced = 0;
  const message = { id: `msg_${frame.id}`, type: 'message', role: 'assistant', model: frame.model, content: [] };
  await write(
    response,
    event({
      type: 'message_start',
      message: { ...message, stop_reason: null, stop_sequence: null, usage: usageOf(frame, 1) },
    }),
  );
  for (const step of script.steps ?? []) {
    if (response.destroyed) return;
    if ('text' in step) await write(response, writer.text(step.text));
    else if ('reasoning' in step) await write(response, writer.thinking(step.reasoning));
    else if ('call' in step) {
      const { index = 0 } = step.call;
      const call = calls.get(index);
      if (call === undefined || written.has(index)) continue;
      written.add(index);
      const half = Math.ceil(call.input.length / 2);
      await write(response, writer.call(index, call.id, call.name, call.input.slice(0, half)));
      if (half < call.input.length) await write(response, writer.call(index, '', '', call.input.slice(half)));
    } else if ('chunk' in step) await write(response, event(step.chunk as JsonRecord));
    else if ('raw' in step) await write(response, step.raw);
    else if ('comment' in step) await write(response, `:${step.comment}\n\n`);
    else if ('wait' in step) await sleep(step.wait);
    else if ('error' in step) await write(response, event({ type: 'error', error: step.error }));
    else if ('finish' in step) stopReason = stopReasons[step.finish] ?? step.finish;
    else if ('usage' in step) usage = step.usage;
    else if ('flood' in step) {
      await flood(response, step.flood, (at) => {
        const said = floodChunk(step.flood, at);
        if ('text' in said) return writer.text(said.text);
        if ('reasoning' in said) return writer.thinking(said.reasoning);
        if (!('call' in said)) return '';
        const { id = '', name = '', arguments: more } = said.call;
        return writer.call(0, id, name, String(more));
      });
      produced += step.flood.count;
    }
    produced += 1;
  }
  switch (script.end ?? 'done') {
    case 'done':
      await write(response, writer.close());
      await write(
        response,
        event({
          type: 'message_delta',
          delta: { stop_reason: stopReason ?? (writer.called ? 'tool_use' : 'end_turn'), stop_sequence: null },
          usage: usage ?? usageOf(frame, produced),
        }),
      );
      response.end(event({ type: 'message_stop' }));
      return;
    case 'eof':
      response.end();
      return;
    case 'cut':
      response.destroy(new Error('cut by script')); // the error tells our own cut from a client that left
      return;
    case 'stall':
      return;
  }
}

/** The same script as one JSON answer. */
export function messagesAnswer(script: Script, frame: Frame): JsonRecord {
  let text = '';
  let thinking = '';
  let finish: string | null = null;
  let usage: JsonRecord | null = null;
  for (const step of script.steps ?? []) {
    if ('text' in step) text += step.text;
    else if ('reasoning' in step) thinking += step.reasoning;
    else if ('finish' in step) finish = stopReasons[step.finish] ?? step.finish;
    else if ('usage' in step) usage = step.usage;
  }
  const calls = [...callsOf(script).values()].map(({ id, name, input }) => ({
    type: 'tool_use',
    id,
    name,
    input: JSON.parse(input === '' ? '{}' : input),
  }));
  return {
    id: `msg_${frame.id}`,
    type: 'message',
    role: 'assistant',
    model: frame.model,
    content: [
      ...(thinking === '' ? [] : [{ type: 'thinking', thinking, signature: 'c2lnbmVk' }]),
      ...(text === '' ? [] : [{ type: 'text', text }]),
      ...calls,
    ],
    stop_reason: finish ?? (calls.length > 0 ? 'tool_use' : 'end_turn'),
    stop_sequence: null,
    usage: usage ?? usageOf(frame, script.steps?.length ?? 0),
  };
}
