/**
 * A strict checker of Responses streams (OpenAI's API, its recorded streams, and what Codex and OpenAI's SDK were measured to need). Takes
 * the whole text of a stream and gives the rules it breaks, in words; none for a stream that keeps them all.
 */

export interface ResponsesGrammarOptions {
  /** The upstream sent arguments that are no JSON: they may be passed on as they came. */
  readonly unreadableArguments?: boolean;
  /** Codex: no refusal parts, and a call that was cut may stay behind in a completed response. */
  readonly codex?: boolean;
}

type Fields = Record<string, unknown>;
type Fault = (isKept: boolean, what: string) => void;

interface Item {
  readonly id: string;
  readonly added: Fields;
  /** Deltas by the place they belong to: content_index, summary_index, or the item itself. */
  text: string;
  part: { readonly key: string; readonly type: string; text: string; done: boolean } | null;
  parts: number;
  readonly partTexts: string[];
  inputDone: string | null;
}

const responseKeys = (
  'id object created_at status background completed_at error frequency_penalty incomplete_details instructions max_output_tokens ' +
  'max_tool_calls model output parallel_tool_calls presence_penalty previous_response_id prompt_cache_key prompt_cache_retention ' +
  'reasoning safety_identifier service_tier store temperature text tool_choice tools top_logprobs top_p truncation usage user metadata'
).split(' ');

export function responsesGrammar(text: string, options: ResponsesGrammarOptions = {}): readonly string[] {
  const faults: string[] = [];
  const fault: Fault = (isKept, what) => {
    if (!isKept) faults.push(what);
  };
  const done: Fields[] = [];
  const ids = new Set<string>();
  const callIds = new Set<unknown>();
  let responseId: unknown;
  let open: Item | null = null;
  let ended: string | null = null;
  let count = 0;

  for (const [place, { event, data }] of readFrames(text, faults).entries()) {
    const at = `${event} #${place}`;
    fault(data.type === event, `${at}: event name differs from type ${String(data.type)}`);
    fault(data.sequence_number === place, `${at}: sequence_number ${String(data.sequence_number)}`);
    fault(ended === null, `${at}: comes after ${ended}`);
    fault(place !== 0 || event === 'response.created', `${at}: is first`);
    fault(place !== 1 || event === 'response.in_progress', `${at}: is second`);
    if (data.response !== undefined) {
      const response = record(data.response);
      checkResponse(response, event, at, fault);
      responseId ??= response.id;
      fault(response.id === responseId, `${at}: another id`);
      const output = list(response.output);
      if (event === 'response.created' || event === 'response.in_progress') {
        // What a client's accumulator would take over: all that is done, then what is open.
        fault(same(output.slice(0, done.length), done), `${at}: output differs from the items that are done`);
        fault(output.length === done.length + (open === null ? 0 : 1), `${at}: ${output.length} items of output`);
        fault(open === null || record(output.at(-1)).id === open.id, `${at}: the open item has another id`);
        continue;
      }
      ended = event;
      const cut = open !== null && event === 'response.incomplete' ? output.at(-1) : undefined;
      fault(same(cut === undefined ? output : output.slice(0, -1), done), `${at}: output differs from the items`);
      if (cut !== undefined) {
        fault(isCall(record(cut)), `${at}: an open item that is no call`);
        fault(record(cut).id === open?.id && record(cut).status === 'incomplete', `${at}: the cut call`);
      }
      const mayStayOpen =
        event === 'response.failed' || cut !== undefined || (options.codex === true && isCall(open?.added ?? {}));
      fault(open === null || mayStayOpen, `${at}: item ${open?.id} is open`);
      continue;
    }
    switch (event) {
      case 'response.output_item.added': {
        fault(open === null, `${at}: item ${open?.id} is still open`);
        fault(data.output_index === count++, `${at}: output_index ${String(data.output_index)}`);
        const item = record(data.item);
        const id = String(item.id);
        fault(/^[a-z]+_\w+$/.test(id), `${at}: id ${id}`);
        fault(!ids.has(id), `${at}: id ${id} again`);
        ids.add(id);
        checkItem(item, at, fault, options);
        fault(isEmpty(item), `${at}: content in the item that is added`);
        fault(
          item.status === 'in_progress' || ['reasoning', 'compaction'].includes(String(item.type)),
          `${at}: status ${String(item.status)}`,
        );
        fault((item.encrypted_content ?? '') === '', `${at}: encrypted_content before it is final`);
        if ('call_id' in item) {
          fault(!callIds.has(item.call_id), `${at}: call_id ${String(item.call_id)} again`);
          callIds.add(item.call_id);
        }
        open = { id, added: item, text: '', part: null, parts: 0, partTexts: [], inputDone: null };
        continue;
      }
      case 'response.output_item.done': {
        const item = record(data.item);
        fault(open !== null && open.id === item.id, `${at}: ${String(item.id)} is not open`);
        fault(data.output_index === count - 1, `${at}: output_index ${String(data.output_index)}`);
        checkItem(item, at, fault, options);
        checkArguments(item, at, fault, options);
        if (open !== null) {
          fault(open.part === null || open.part.done, `${at}: a part is not done`);
          fault(same(saidIn(item), open.partTexts), `${at}: differs from its deltas`);
          fault(item.type === open.added.type && item.call_id === open.added.call_id, `${at}: another type or call_id`);
          const input = item.type === 'function_call' ? item.arguments : item.input;
          if (streams(item)) fault(open.inputDone === input && open.text === input, `${at}: input differs from deltas`);
        }
        done.push(item);
        open = null;
        continue;
      }
    }
    if (open === null) {
      faults.push(`${at}: no item is open`);
      continue;
    }
    fault(data.item_id === open.id && data.output_index === count - 1, `${at}: item_id or output_index`);
    withinItem(event, data, open, at, fault, options);
  }
  fault(ended !== null, 'no terminator');
  return faults;
}

function withinItem(
  event: string,
  data: Fields,
  open: Item,
  at: string,
  fault: Fault,
  options: ResponsesGrammarOptions,
): void {
  const type = String(open.added.type);
  const begin = (key: string, index: unknown, partType: unknown): void => {
    fault(open.part === null || open.part.done, `${at}: a part is still open`);
    fault(index === open.parts, `${at}: index ${String(index)}`);
    open.parts++;
    open.part = { key, type: String(partType), text: '', done: false };
  };
  const grow = (partType: string, index: unknown): void => {
    fault(open.part !== null && !open.part.done && open.part.type === partType, `${at}: no part ${partType} is open`);
    fault(index === open.parts - 1, `${at}: index ${String(index)}`);
    fault(typeof data.delta === 'string' && data.delta !== '', `${at}: no text`);
    if (open.part !== null) open.part.text += String(data.delta);
  };
  const whole = (value: unknown): void => fault(value === open.part?.text, `${at}: differs from its deltas`);
  const end = (part: unknown): void => {
    const said = record(part);
    fault(open.part !== null && !open.part.done && said.type === open.part.type, `${at}: part`);
    whole(said.text ?? said.refusal);
    if (open.part !== null) {
      open.part.done = true;
      open.partTexts.push(open.part.text);
    }
  };
  switch (event) {
    case 'response.content_part.added': {
      const part = record(data.part);
      const types = type === 'reasoning' ? ['reasoning_text'] : ['output_text', 'refusal'];
      fault(
        (type === 'message' || type === 'reasoning') && types.includes(String(part.type)),
        `${at}: part in ${type}`,
      );
      fault(part.type !== 'refusal' || options.codex !== true, `${at}: Codex drops refusals`);
      fault(part.text === '' || part.refusal === '', `${at}: text in the part that is added`);
      if (part.type === 'output_text') fault(same(part.annotations, []) && same(part.logprobs, []), `${at}: part`);
      begin('content', data.content_index, part.type);
      return;
    }
    case 'response.output_text.delta':
      fault(Array.isArray(data.logprobs), `${at}: no logprobs`);
      grow('output_text', data.content_index);
      return;
    case 'response.refusal.delta':
      grow('refusal', data.content_index);
      return;
    case 'response.reasoning_text.delta':
      grow('reasoning_text', data.content_index);
      return;
    case 'response.reasoning_summary_text.delta':
      grow('summary_text', data.summary_index);
      return;
    case 'response.output_text.done':
    case 'response.reasoning_text.done':
    case 'response.reasoning_summary_text.done':
      whole(data.text);
      return;
    case 'response.refusal.done':
      whole(data.refusal);
      return;
    case 'response.content_part.done':
      end(data.part);
      return;
    case 'response.reasoning_summary_part.added':
      fault(type === 'reasoning', `${at}: in ${type}`);
      begin('summary', data.summary_index, record(data.part).type);
      return;
    case 'response.reasoning_summary_part.done':
      end(data.part);
      return;
    case 'response.function_call_arguments.delta':
    case 'response.custom_tool_call_input.delta':
      fault(event.includes(type), `${at}: in ${type}`);
      fault(open.inputDone === null && typeof data.delta === 'string' && data.delta !== '', `${at}: no text`);
      open.text += String(data.delta);
      return;
    case 'response.function_call_arguments.done':
    case 'response.custom_tool_call_input.done':
      fault(event.includes(type) && open.inputDone === null, `${at}: in ${type}`);
      open.inputDone = String(data.arguments ?? data.input);
      return;
    case 'response.web_search_call.in_progress':
    case 'response.web_search_call.searching':
    case 'response.web_search_call.completed':
      fault(type === 'web_search_call', `${at}: in ${type}`);
      return;
    default:
      fault(false, `${at}: unknown event`);
  }
}

function checkResponse(response: Fields, event: string, at: string, fault: Fault): void {
  for (const key of responseKeys) fault(response[key] !== undefined, `${at}: no ${key}`);
  fault(response.output_text === undefined, `${at}: output_text is the SDK's`);
  fault(response.object === 'response' && String(response.id).startsWith('resp_'), `${at}: object or id`);
  const status = event === 'response.created' ? 'in_progress' : event.slice('response.'.length);
  fault(response.status === status, `${at}: status ${String(response.status)}`);
  fault((response.error !== null) === (status === 'failed'), `${at}: error`);
  fault((response.incomplete_details !== null) === (status === 'incomplete'), `${at}: incomplete_details`);
  if (status === 'failed') {
    const error = record(response.error);
    fault(typeof error.code === 'string' && typeof error.message === 'string', `${at}: no code and message`);
  }
  if (status === 'completed' || status === 'incomplete') checkUsage(record(response.usage), at, fault);
  else fault(response.usage === null, `${at}: usage`);
  fault((typeof response.completed_at === 'number') === (status === 'completed'), `${at}: completed_at`);
}

/** The usage of a response: figures that add up. */
function checkUsage(usage: Fields, at: string, fault: Fault): void {
  const { input_tokens: input, output_tokens: output, total_tokens: total } = usage;
  const figures = [
    input,
    output,
    total,
    record(usage.input_tokens_details).cached_tokens,
    record(usage.output_tokens_details).reasoning_tokens,
  ];
  fault(
    figures.every((figure) => Number.isInteger(figure) && Number(figure) >= 0),
    `${at}: usage ${JSON.stringify(usage)}`,
  );
  fault(Number(input) + Number(output) === total, `${at}: usage does not add up`);
}

/** The fields without which Codex drops an item. */
function checkItem(item: Fields, at: string, fault: Fault, options: ResponsesGrammarOptions): void {
  const strings = (...keys: readonly string[]): void => {
    for (const key of keys) fault(typeof item[key] === 'string', `${at}: no ${key}`);
  };
  switch (item.type) {
    case 'message': {
      fault(item.role === 'assistant', `${at}: role`);
      const types = options.codex === true ? ['output_text'] : ['output_text', 'refusal'];
      fault(
        list(item.content).every((part) => types.includes(String(record(part).type))),
        `${at}: content`,
      );
      return;
    }
    case 'reasoning':
      fault(Array.isArray(item.summary) && Array.isArray(item.content), `${at}: summary or content`);
      return;
    case 'function_call':
      strings('name', 'call_id', 'arguments');
      return;
    case 'custom_tool_call':
      strings('name', 'call_id', 'input');
      return;
    case 'tool_search_call':
      strings('call_id', 'execution');
      fault(item.arguments !== undefined, `${at}: no arguments`);
      return;
    case 'local_shell_call':
    case 'shell_call':
      strings('call_id', 'status');
      fault(typeof item.action === 'object', `${at}: no action`);
      return;
    case 'apply_patch_call':
      strings('call_id', 'status');
      fault(typeof item.operation === 'object', `${at}: no operation`);
      return;
    case 'web_search_call':
      fault(record(item.action).type === 'search', `${at}: no action`);
      return;
    case 'compaction':
      strings('encrypted_content');
      return;
    default:
      fault(false, `${at}: unknown item ${String(item.type)}`);
  }
}

function checkArguments(item: Fields, at: string, fault: Fault, options: ResponsesGrammarOptions): void {
  if (item.type !== 'function_call' || options.unreadableArguments === true) return;
  const value = parse(String(item.arguments));
  fault(typeof value === 'object' && value !== null && !Array.isArray(value), `${at}: arguments are no JSON object`);
}

/** What was said in an item's parts, in the order of their events. */
function saidIn(item: Fields): readonly unknown[] {
  if (item.type === 'message') return list(item.content).map((part) => record(part).text ?? record(part).refusal);
  if (item.type !== 'reasoning') return [];
  const summary = list(item.summary).map((part) => record(part).text);
  return summary.length > 0 ? summary : list(item.content).map((part) => record(part).text);
}

function isEmpty(item: Fields): boolean {
  const lists = [item.content, item.summary].every((value) => value === undefined || same(value, []));
  return lists && (item.type !== 'function_call' || item.arguments === '') && (item.input ?? '') === '';
}

function isCall(item: Fields): boolean {
  return typeof item.call_id === 'string';
}

function streams(item: Fields): boolean {
  return item.type === 'function_call' || item.type === 'custom_tool_call';
}

function readFrames(text: string, faults: string[]): readonly { readonly event: string; readonly data: Fields }[] {
  if (text !== '' && !text.endsWith('\n\n')) faults.push('the last frame has no blank line');
  return text.split('\n\n').flatMap((block) => {
    if (block === '') return [];
    const found = /^event: ([\w.]+)\ndata: (\{[^\r\n]*\})$/.exec(block);
    const data = parse(found?.[2] ?? '');
    if (data === undefined) faults.push(`not a frame: ${block.slice(0, 80)}`);
    return [{ event: found?.[1] ?? '', data: record(data) }];
  });
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
