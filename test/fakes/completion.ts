import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonRecord, Script, Step } from './script.ts';

/** What the chunks of one answer have in common. */
export interface Frame {
  readonly id: string;
  readonly model: string;
  readonly created: number;
  readonly promptTokens: number;
  readonly includeUsage: boolean;
  readonly personality: 'openai' | 'llama-cpp' | 'ollama';
}

const argument = JSON.stringify({ text: 'x'.repeat(24) }).slice(0, -2);

function chunk(frame: Frame, choices: JsonRecord[], more: JsonRecord = {}): string {
  const fingerprint =
    frame.personality === 'llama-cpp' ? 'b11669-Debian' : frame.personality === 'ollama' ? 'fp_ollama' : 'fp_fake';
  return `data: ${JSON.stringify({ id: frame.id, object: 'chat.completion.chunk', created: frame.created, model: frame.model, system_fingerprint: fingerprint, choices, ...more })}\n\n`;
}

function delta(frame: Frame, content: JsonRecord, finish: string | null = null): string {
  return chunk(frame, [{ index: 0, delta: content, finish_reason: finish }]);
}

function callDelta(call: { index?: number; id?: string; name?: string; arguments?: unknown }): JsonRecord {
  const named =
    call.name === undefined && call.arguments === undefined
      ? {}
      : { function: JSON.parse(JSON.stringify({ name: call.name, arguments: call.arguments })) };
  return {
    tool_calls: [
      {
        ...(call.index !== undefined && { index: call.index }),
        ...(call.id !== undefined && { id: call.id, type: 'function' }),
        ...named,
      },
    ],
  };
}

const textIn = (step: Step): string => ('text' in step ? step.text : '');

function usageOf(frame: Frame, completionTokens: number): JsonRecord {
  return {
    prompt_tokens: frame.promptTokens,
    completion_tokens: completionTokens,
    total_tokens: frame.promptTokens + completionTokens,
    ...(frame.personality !== 'ollama' && { prompt_tokens_details: { cached_tokens: 0 } }),
  };
}

/** False where the client has left. Waits where it reads slowly. */
export async function write(response: ServerResponse, text: string | Uint8Array): Promise<boolean> {
  if (response.destroyed || response.writableEnded) return false;
  if (!response.write(text)) {
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        response.off('drain', settle).off('close', settle);
        resolve();
      };
      response.on('drain', settle).on('close', settle);
    });
  }
  return !response.destroyed;
}

type Flood = Extract<Step, { flood: unknown }>['flood'];

/** What the chunk `at` of a flood says. */
export function floodChunk({ kind, count }: Flood, at: number): Step {
  switch (kind) {
    case 'text':
      return { text: `word${at % 10} ` };
    case 'reasoning':
      return { reasoning: `word${at % 10} ` };
    case 'clock':
      return { text: `${Math.round((performance.timeOrigin + performance.now()) * 1000)} ` };
    case 'tool':
      if (at === 0) return { call: { index: 0, id: 'call_flood', name: 'write_file', arguments: argument } };
      return { call: { index: 0, arguments: at === count - 1 ? '"}' : `word${at % 10} ` } };
  }
}

/** @param one the chunk `at` as it stands on the wire */
export async function flood(response: ServerResponse, step: Flood, one: (at: number) => string): Promise<void> {
  if (step.perSecond > 0) {
    const startedAt = performance.now();
    for (let at = 0; at < step.count; at += 1) {
      const wait = startedAt + (at * 1000) / step.perSecond - performance.now();
      if (wait > 0) await sleep(wait);
      if (!(await write(response, one(at)))) return;
    }
    return;
  }
  for (let at = 0; at < step.count; ) {
    let batch = '';
    for (; at < step.count && batch.length < 16_384; at += 1) batch += one(at);
    if (!(await write(response, batch))) return;
  }
}

/** Plays a script as an SSE stream. The headers are written here; resolves when nothing more is to be sent. */
export async function playStream(
  response: ServerResponse,
  script: Script,
  frame: Frame,
  recordings: string,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...script.headers });
  response.flushHeaders();
  if (script.bodyAfterMs !== undefined) await sleep(script.bodyAfterMs);
  if (script.recording !== undefined) {
    const bytes = await readFile(`${recordings}/${script.recording}`);
    const piece =
      script.recordingPiece === undefined || script.recordingPiece === 0 ? bytes.length : script.recordingPiece;
    for (let at = 0; at < bytes.length; at += piece)
      if (!(await write(response, bytes.subarray(at, at + piece)))) return;
    response.end();
    return;
  }
  let finished = false;
  let called = false;
  let usage: JsonRecord | null = null;
  let produced = 0;
  if (frame.personality !== 'ollama') await write(response, delta(frame, { role: 'assistant', content: null }));
  for (const step of script.steps ?? []) {
    if (response.destroyed) return;
    if ('text' in step) await write(response, delta(frame, { content: step.text }));
    else if ('reasoning' in step)
      await write(
        response,
        delta(frame, {
          [step.field ?? (frame.personality === 'ollama' ? 'reasoning' : 'reasoning_content')]: step.reasoning,
        }),
      );
    else if ('call' in step) {
      called = true;
      await write(response, delta(frame, callDelta(step.call)));
    } else if ('delta' in step) await write(response, delta(frame, step.delta));
    else if ('chunk' in step) await write(response, `data: ${JSON.stringify(step.chunk)}\n\n`);
    else if ('raw' in step) await write(response, step.raw);
    else if ('comment' in step) await write(response, `:${step.comment}\n\n`);
    else if ('wait' in step) await sleep(step.wait);
    else if ('error' in step) await write(response, `data: ${JSON.stringify({ error: step.error })}\n\n`);
    else if ('finish' in step) {
      finished = true;
      const choice = { index: 0, delta: {}, finish_reason: step.finish, stop_reason: step.stopReason };
      await write(response, chunk(frame, [choice]));
    } else if ('usage' in step) usage = step.usage;
    else {
      if (step.flood.kind === 'tool') called = true;
      await flood(response, step.flood, (at) => {
        const said = floodChunk(step.flood, at);
        if ('call' in said) return delta(frame, callDelta(said.call));
        return delta(frame, 'reasoning' in said ? { reasoning_content: said.reasoning } : { content: textIn(said) });
      });
      produced += step.flood.count;
    }
    produced += 1;
  }
  switch (script.end ?? 'done') {
    case 'done':
      if (!finished) await write(response, delta(frame, {}, called ? 'tool_calls' : 'stop'));
      if (frame.includeUsage) await write(response, chunk(frame, [], { usage: usage ?? usageOf(frame, produced) }));
      response.end('data: [DONE]\n\n');
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
export function jsonAnswer(script: Script, frame: Frame): JsonRecord {
  let text = '';
  let reasoning = '';
  let finish: string | null = null;
  let usage: JsonRecord | null = null;
  const calls = new Map<number, { id: string; name: string; arguments: string }>();
  for (const step of script.steps ?? []) {
    if ('text' in step) text += step.text;
    else if ('reasoning' in step) reasoning += step.reasoning;
    else if ('finish' in step) finish = step.finish;
    else if ('usage' in step) usage = step.usage;
    else if ('flood' in step) text += 'word '.repeat(step.flood.count);
    else if ('call' in step) {
      const known = calls.get(step.call.index ?? 0) ?? { id: '', name: '', arguments: '' };
      const more = step.call.arguments;
      calls.set(step.call.index ?? 0, {
        id: step.call.id ?? known.id,
        name: step.call.name ?? known.name,
        arguments: known.arguments + (more === undefined ? '' : typeof more === 'string' ? more : JSON.stringify(more)),
      });
    }
  }
  const toolCalls = [...calls.values()].map((one) => ({
    id: one.id,
    type: 'function',
    function: { name: one.name, arguments: one.arguments },
  }));
  return {
    id: frame.id,
    object: 'chat.completion',
    created: frame.created,
    model: frame.model,
    choices: [
      {
        index: 0,
        finish_reason: finish ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop'),
        message: {
          role: 'assistant',
          content: text === '' && toolCalls.length > 0 ? null : text,
          ...(reasoning !== '' && { reasoning_content: reasoning }),
          ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
        },
      },
    ],
    usage: usage ?? usageOf(frame, script.steps?.length ?? 0),
  };
}
