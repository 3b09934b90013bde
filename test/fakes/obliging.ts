import type { Script, Step } from './script.ts';

/**
 * A model that does what it is told, for the fake upstream: it obeys `tool_choice`, `parallel_tool_calls`, `response_format`, `stop` and the
 * limit of output tokens (a word is a token), thinks where it is asked to, goes on with an answer that was begun, refuses what it can't do,
 * and else says again all that it was told. Chat requests only.
 */
export function obligingScript(body: Readonly<Record<string, unknown>>): Script {
  const refused = refusal(body);
  if (refused !== null) return refusing(refused);
  const messages = list(body.messages);
  const called = calledTools(body);
  const isAnswered = messages.at(-1)?.role === 'tool';
  if (called.length > 0 && !isAnswered) {
    return {
      steps: called.map(({ name, parameters }, index) => ({
        call: { index, id: `call_${name}_${messages.length}`, name, arguments: JSON.stringify(sample(parameters)) },
      })),
    };
  }
  return spoken(body, answerText(body, messages));
}

function refusal(body: Readonly<Record<string, unknown>>): string | null {
  if (!Array.isArray(body.messages)) return 'messages must be an array';
  if (Number(body.n ?? 1) > 1) return 'n > 1 is not supported';
  if (body.logprobs === true) return 'logprobs are not supported';
  return null;
}

function refusing(message: string): Script {
  return {
    http: { status: 400, body: { error: { message, type: 'invalid_request_error', param: null, code: null } } },
  };
}

interface OfferedTool {
  readonly name: string;
  readonly parameters: unknown;
}

/** The tools that a request makes the model call. */
function calledTools(body: Readonly<Record<string, unknown>>): readonly OfferedTool[] {
  const tools = list(body.tools).map(({ function: one }): OfferedTool => {
    const { name, parameters } = record(one);
    return { name: String(name), parameters };
  });
  const choice = body.tool_choice;
  if (choice === 'required') return body.parallel_tool_calls === false ? tools.slice(0, 1) : tools;
  const named = record(record(choice).function).name;
  return tools.filter(({ name }) => name === named);
}

/** A value that a JSON schema allows. */
function sample(schema: unknown): unknown {
  const { type, enum: values, properties, required, items } = record(schema);
  if (Array.isArray(values)) return values[0];
  switch (type) {
    case 'object': {
      const names = Array.isArray(required) ? required : Object.keys(record(properties));
      return Object.fromEntries(names.map((name) => [name, sample(record(properties)[String(name)])]));
    }
    case 'array':
      return [sample(items)];
    case 'integer':
    case 'number':
      return 4;
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return 'Paris';
  }
}

function answerText(body: Readonly<Record<string, unknown>>, messages: readonly Record<string, unknown>[]): string {
  const format = record(body.response_format);
  if (format.type === 'json_schema') return JSON.stringify(sample(record(format.json_schema).schema));
  if (format.type === 'json_object') return JSON.stringify({ name: 'Ada', age: 36 });
  if (messages.at(-1)?.role === 'assistant') return 'is.';
  const said = messages.map(({ content }) => textOf(content));
  const exactly = /(?:Say|Repeat this text) exactly(?:, nothing else)?: (.*)/s.exec(said.at(-1) ?? '')?.[1];
  return exactly ?? `You said: ${said.join(' ')}`;
}

/** Thoughts and text, cut at a stop string or at the limit. */
function spoken(body: Readonly<Record<string, unknown>>, text: string): Script {
  const stop = [body.stop ?? []]
    .flat()
    .map(String)
    .find((one) => text.includes(one));
  const said = stop === undefined ? text : text.slice(0, text.indexOf(stop));
  const whole: Step[] = [
    ...(thinks(body) ? wordsOf('I was asked something.').map((word): Step => ({ reasoning: word })) : []),
    ...wordsOf(said).map((word): Step => ({ text: word })),
  ];
  const limit = Number(body.max_completion_tokens ?? body.max_tokens ?? Number.POSITIVE_INFINITY);
  const kept = whole.slice(0, limit);
  const isCut = kept.length < whole.length;
  const finish: Step = isCut
    ? { finish: 'length' }
    : { finish: 'stop', ...(stop !== undefined && { stopReason: stop }) };
  const prompt = JSON.stringify(body.messages).length;
  const usage = {
    prompt_tokens: prompt,
    completion_tokens: kept.length,
    total_tokens: prompt + kept.length,
    completion_tokens_details: { reasoning_tokens: kept.filter((step) => 'reasoning' in step).length },
  };
  return { steps: [...kept, finish, { usage }] };
}

function thinks(body: Readonly<Record<string, unknown>>): boolean {
  const { reasoning_effort: effort, chat_template_kwargs: template } = body;
  return record(template).enable_thinking === true || (effort !== undefined && effort !== 'none');
}

function wordsOf(text: string): readonly string[] {
  return text.match(/\s*\S+\s*$|\s*\S+/g) ?? [];
}

function textOf(content: unknown): string {
  return typeof content === 'string'
    ? content
    : list(content)
        .map(({ text }) => (typeof text === 'string' ? text : ''))
        .join(' ');
}

function list(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
