/**
 * Strict checkers of the event streams that clients are sent. Each takes the whole text of a stream and gives the rules it breaks,
 * in words; none for a stream that keeps them all. Stricter than any client, so that what passes here is understood by all.
 */

export interface GrammarOptions {
  /** The upstream sent arguments that are no JSON: they may be passed on as they came. */
  readonly unreadableArguments?: boolean;
}

interface Frame {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** The rules of Messages streams (Anthropic's documentation; what Claude Code was measured to need). */
export function messagesGrammar(text: string, options: GrammarOptions = {}): readonly string[] {
  const faults: string[] = [];
  const fault = (condition: boolean, what: string): void => {
    if (!condition) faults.push(what);
  };
  const frames = readFrames(text, faults);

  let started = false;
  let ended: string | null = null;
  let stopped = false;
  let open: { readonly index: number; readonly type: string; json: string; signatures: number } | null = null;
  let blocks = 0;
  const toolIds = new Set<unknown>();
  const searchIds = new Set<unknown>();
  const unreadable: string[] = [];
  let stopReason: unknown;
  let toolUses = 0;

  for (const [place, { event, data }] of frames.entries()) {
    const at = `${event} #${place}`;
    fault(data.type === event, `${at}: event name differs from type ${String(data.type)}`);
    fault(ended === null, `${at}: comes after ${ended}`);
    switch (event) {
      case 'ping':
        continue;
      case 'error': {
        const error = record(data.error);
        fault(typeof error.type === 'string' && typeof error.message === 'string', `${at}: no type and message`);
        ended = 'error';
        continue;
      }
      case 'message_start': {
        fault(!started, `${at}: a second start`);
        started = true;
        const message = record(data.message);
        fault(typeof message.id === 'string' && message.id !== '', `${at}: no id`);
        fault(message.type === 'message' && message.role === 'assistant', `${at}: type or role`);
        fault(typeof message.model === 'string', `${at}: no model`);
        fault(Array.isArray(message.content) && message.content.length === 0, `${at}: content is not []`);
        fault(message.stop_reason === null && message.stop_sequence === null, `${at}: stop_reason or stop_sequence`);
        checkUsage(message.usage, at, fault);
        continue;
      }
    }
    fault(started, `${at}: before message_start`);
    fault(!stopped || event === 'message_stop', `${at}: after message_delta`);
    switch (event) {
      case 'content_block_start': {
        fault(open === null, `${at}: block ${open?.index} is still open`);
        fault(data.index === blocks, `${at}: index ${String(data.index)} instead of ${blocks}`);
        const block = record(data.content_block);
        checkBlockStart(block, at, fault);
        if (block.type === 'tool_use') {
          toolUses++;
          fault(!toolIds.has(block.id), `${at}: tool id ${String(block.id)} again`);
          toolIds.add(block.id);
        }
        if (block.type === 'server_tool_use') searchIds.add(block.id);
        if (block.type === 'web_search_tool_result') fault(searchIds.has(block.tool_use_id), `${at}: no such search`);
        open = { index: blocks++, type: String(block.type), json: '', signatures: 0 };
        break;
      }
      case 'content_block_delta': {
        if (open === null) {
          faults.push(`${at}: no block is open`);
          break;
        }
        fault(data.index === open.index, `${at}: index ${String(data.index)} but ${open.index} is open`);
        const delta = record(data.delta);
        fault(deltasOf(open.type).includes(String(delta.type)), `${at}: ${String(delta.type)} in ${open.type}`);
        const content = delta.text ?? delta.thinking ?? delta.partial_json ?? delta.signature;
        fault(typeof content === 'string', `${at}: no text`);
        fault(open.signatures === 0, `${at}: after the signature`);
        if (delta.type === 'input_json_delta') open.json += String(content);
        if (delta.type === 'signature_delta') open.signatures++;
        else fault(content !== '', `${at}: empty`);
        break;
      }
      case 'content_block_stop':
        fault(open !== null && data.index === open.index, `${at}: index ${String(data.index)} is not open`);
        if (open?.type === 'thinking') fault(open.signatures === 1, `${at}: thinking without signature_delta`);
        if (open?.type.endsWith('tool_use') === true && !isJsonObject(open.json)) unreadable.push(at);
        open = null;
        break;
      case 'message_delta': {
        stopped = true;
        const delta = record(data.delta);
        stopReason = delta.stop_reason;
        fault(stopReasons.includes(String(stopReason)), `${at}: stop_reason ${String(stopReason)}`);
        fault(delta.stop_sequence !== undefined, `${at}: no stop_sequence`);
        fault(
          (stopReason === 'stop_sequence') === (delta.stop_sequence !== null) || stopReason === 'stop_sequence',
          `${at}: stop_sequence`,
        );
        checkUsage(data.usage, at, fault);
        const isCut = stopReason === 'max_tokens' || stopReason === 'model_context_window_exceeded';
        fault(open === null || (isCut && open.type === 'tool_use'), `${at}: block ${open?.index} is open`);
        fault(stopReason !== 'tool_use' || toolUses > 0, `${at}: tool_use without a call`);
        fault(toolUses === 0 || stopReason !== 'end_turn', `${at}: end_turn with a call`);
        break;
      }
      case 'message_stop':
        fault(stopped, `${at}: without message_delta`);
        ended = 'message_stop';
        break;
      default:
        faults.push(`${at}: unknown event`);
    }
  }
  fault(ended !== null, 'no terminator');
  if (options.unreadableArguments !== true) faults.push(...unreadable.map((at) => `${at}: input is no JSON object`));
  return faults;
}

const stopReasons = [
  'end_turn',
  'stop_sequence',
  'tool_use',
  'max_tokens',
  'model_context_window_exceeded',
  'refusal',
  'pause_turn',
];

function deltasOf(type: string): readonly string[] {
  switch (type) {
    case 'text':
      return ['text_delta'];
    case 'thinking':
      return ['thinking_delta', 'signature_delta'];
    case 'tool_use':
    case 'server_tool_use':
      return ['input_json_delta'];
    default:
      return [];
  }
}

/** Content of a start is thrown away by clients, so there must be none, but for blocks that have no deltas. */
function checkBlockStart(block: Record<string, unknown>, at: string, fault: (ok: boolean, what: string) => void): void {
  switch (block.type) {
    case 'text':
      fault(block.text === '', `${at}: text in start`);
      return;
    case 'thinking':
      fault(block.thinking === '' && block.signature === '', `${at}: thinking in start`);
      return;
    case 'redacted_thinking':
      fault(typeof block.data === 'string' && block.data !== '', `${at}: no data`);
      return;
    case 'tool_use':
    case 'server_tool_use':
      fault(typeof block.id === 'string' && /^[a-zA-Z0-9_-]{1,64}$/.test(block.id), `${at}: id ${String(block.id)}`);
      fault(typeof block.name === 'string' && block.name !== '', `${at}: no name`);
      fault(JSON.stringify(block.input) === '{}', `${at}: input is not {}`);
      return;
    case 'web_search_tool_result':
      fault(typeof block.content === 'object' && block.content !== null, `${at}: no content`);
      return;
    default:
      fault(false, `${at}: unknown block ${String(block.type)}`);
  }
}

function checkUsage(value: unknown, at: string, fault: (ok: boolean, what: string) => void): void {
  const usage = record(value);
  for (const key of ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens']) {
    const figure = usage[key];
    fault(
      typeof figure === 'number' && Number.isInteger(figure) && figure >= 0,
      `${at}: usage.${key} ${String(figure)}`,
    );
  }
}

/** Frames exactly as we write them: an event line, one data line, a blank line; comments between frames. */
function readFrames(text: string, faults: string[]): readonly Frame[] {
  const frames: Frame[] = [];
  if (text !== '' && !text.endsWith('\n\n')) faults.push('the last frame has no blank line');
  for (const block of text.split('\n\n')) {
    if (block === '' || block.startsWith(':')) continue;
    const found = /^event: (\w+)\ndata: (\{[^\r\n]*\})$/.exec(block);
    if (found === null) {
      faults.push(`not a frame: ${block.slice(0, 80)}`);
      continue;
    }
    const data = parse(found[2] ?? '');
    if (data === undefined) faults.push(`data is no JSON: ${block.slice(0, 80)}`);
    frames.push({ event: found[1] ?? '', data: record(data) });
  }
  return frames;
}

function isJsonObject(text: string): boolean {
  const value = parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
