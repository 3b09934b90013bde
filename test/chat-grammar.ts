import { isObject } from '../src-shared/json.ts';

export interface ChatGrammarOptions {
  /** The client asked for `stream_options.include_usage`. */
  readonly includeUsage?: boolean;
  /** The upstream sent arguments that are no JSON: they may be passed on as they came. */
  readonly unreadableArguments?: boolean;
}

const finishReasons = ['stop', 'length', 'tool_calls', 'content_filter'];
const deltaKeys = [
  ...['role', 'content', 'refusal', 'reasoning_content', 'reasoning_details', 'annotations', 'tool_calls'],
];

/**
 * The rules of Chat Completions streams (OpenAI's documentation and recordings), in words where the text breaks them; none for a stream
 * that keeps them all. Stricter than any client, so that what passes here is understood by all.
 */
export function chatGrammar(text: string, options: ChatGrammarOptions = {}): readonly string[] {
  const faults: string[] = [];
  const fault = (condition: boolean, what: string): void => {
    if (!condition) faults.push(what);
  };
  let head: string | null = null;
  let finish: unknown = null;
  let usages = 0;
  let ended: string | null = null;
  const calls: { id: string; kind: string; text: string }[] = [];
  const frames = text.split('\n\n');
  fault(frames.pop() === '', 'the last frame has no blank line');
  for (const [place, frame] of frames.entries()) {
    if (frame.startsWith(':')) continue;
    const at = `#${place}`;
    const found = /^data: ([^\r\n]*)$/.exec(frame);
    if (found === null) {
      faults.push(`${at}: not a frame: ${frame.slice(0, 80)}`);
      continue;
    }
    fault(ended === null, `${at}: comes after ${ended}`);
    if (found[1] === '[DONE]') {
      fault(finish !== null, `${at}: [DONE] without a finish reason`);
      ended = '[DONE]';
      continue;
    }
    const data = parse(found[1] ?? '');
    if (data.error !== undefined) {
      const error = isObject(data.error) ? data.error : {};
      fault(typeof error.message === 'string' && typeof error.type === 'string', `${at}: error without message, type`);
      fault('param' in error && 'code' in error, `${at}: error without param, code`);
      ended = 'error';
      continue;
    }
    fault(data.object === 'chat.completion.chunk', `${at}: object ${String(data.object)}`);
    fault(typeof data.id === 'string' && data.id !== '', `${at}: no id`);
    fault(Number.isInteger(data.created), `${at}: created ${String(data.created)}`);
    const same = JSON.stringify([data.id, data.created, data.model]);
    head ??= same;
    fault(head === same, `${at}: id, created or model differ from the first chunk's`);
    const choices = Array.isArray(data.choices) ? data.choices : [];
    if (choices.length === 0) {
      fault(options.includeUsage === true, `${at}: usage that nobody asked for`);
      fault(finish !== null, `${at}: usage before the finish reason`);
      fault(++usages === 1, `${at}: usage again`);
      usage(data.usage, at, fault);
      continue;
    }
    fault(usages === 0, `${at}: a choice after the usage`);
    if (options.includeUsage === true) fault(data.usage === null, `${at}: usage is not null`);
    else fault(data.usage === undefined, `${at}: usage that nobody asked for`);
    const choice = choices[0];
    if (choices.length !== 1 || !isObject(choice) || choice.index !== 0 || !isObject(choice.delta)) {
      faults.push(`${at}: not one choice of index 0 with a delta`);
      continue;
    }
    const { delta } = choice;
    fault(finish === null, `${at}: a choice after the finish reason`);
    for (const key of Object.keys(delta)) fault(deltaKeys.includes(key), `${at}: delta.${key}`);
    if (place === 0) fault(delta.role === 'assistant' && delta.content === '', `${at}: does not begin with the role`);
    else fault(delta.role === undefined, `${at}: the role again`);
    for (const key of ['content', 'refusal', 'reasoning_content'])
      fault(
        delta[key] === undefined || (typeof delta[key] === 'string' && (delta[key] !== '' || place === 0)),
        `${at}: delta.${key} is empty or no string`,
      );
    if (Array.isArray(delta.tool_calls)) for (const call of delta.tool_calls) callDelta(call, calls, at, fault);
    const reason = choice.finish_reason;
    if (reason !== null) {
      fault(finishReasons.includes(String(reason)), `${at}: finish_reason ${String(reason)}`);
      fault(Object.keys(delta).length === 0, `${at}: content beside the finish reason`);
      finish = reason;
      fault(reason !== 'tool_calls' || calls.length > 0, `${at}: tool_calls without a call`);
      fault(reason !== 'stop' || calls.length === 0, `${at}: stop with a call`);
    }
  }
  fault(ended !== null, 'no terminator');
  fault(ended !== '[DONE]' || usages === (options.includeUsage === true ? 1 : 0), `${usages} usage chunks`);
  if (finish === 'tool_calls' && options.unreadableArguments !== true) {
    for (const { id, kind, text: input } of calls)
      fault(kind === 'custom' || isJsonObject(input), `arguments of ${id} are no JSON object`);
  }
  return faults;
}

type Fault = (condition: boolean, what: string) => void;

function callDelta(
  value: unknown,
  calls: { id: string; kind: string; text: string }[],
  at: string,
  fault: Fault,
): void {
  const call = isObject(value) ? value : {};
  const known = typeof call.index === 'number' ? calls[call.index] : undefined;
  const kind = isObject(call.custom) ? 'custom' : 'function';
  const target = isObject(call.custom) ? call.custom : isObject(call.function) ? call.function : {};
  const piece = kind === 'custom' ? target.input : target.arguments;
  if (known === undefined) {
    fault(call.index === calls.length, `${at}: call index ${String(call.index)} instead of ${calls.length}`);
    fault(typeof call.id === 'string' && call.id !== '', `${at}: a call without id`);
    fault(!calls.some(({ id }) => id === call.id), `${at}: call id ${String(call.id)} again`);
    fault(call.type === kind, `${at}: call type ${String(call.type)}`);
    fault(typeof target.name === 'string' && target.name !== '', `${at}: a call without name`);
    fault(piece === '', `${at}: a call begins with arguments`);
    calls.push({ id: String(call.id), kind, text: '' });
    return;
  }
  fault(call.index === calls.length - 1, `${at}: a piece of call ${String(call.index)} while another is open`);
  fault(call.id === undefined && target.name === undefined, `${at}: id or name again`);
  fault(typeof piece === 'string' && piece !== '', `${at}: an empty piece of arguments`);
  known.text += String(piece);
}

function usage(value: unknown, at: string, fault: Fault): void {
  const figures = isObject(value) ? value : {};
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = figures;
  for (const figure of [prompt, completion, total])
    fault(typeof figure === 'number' && Number.isInteger(figure) && figure >= 0, `${at}: usage ${String(figure)}`);
  fault(Number(prompt) + Number(completion) === total, `${at}: total_tokens ${String(total)}`);
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
