import { isObject, type JsonObject } from '../../src-shared/json.ts';
import { LeakedToolCallReader } from '../protocols/conversation/leaked-tool-calls.ts';
import type { Answer } from './answer.ts';
import { type Bench, type Check, type Finding, quoted, unanswered } from './check.ts';
import { tooSmall } from './remedies.ts';

interface Tool extends JsonObject {
  name: string;
  description: string;
  input_schema: JsonObject;
}

const weather: Tool = {
  name: 'get_weather',
  description: 'Tells the weather in a city now.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

const trip: Tool = {
  name: 'book_trip',
  description: 'Books a trip with its stops.',
  input_schema: {
    type: 'object',
    properties: {
      traveller: {
        type: 'object',
        properties: { name: { type: 'string' }, age: { type: 'integer' } },
        required: ['name', 'age'],
      },
      stops: {
        type: 'array',
        items: {
          type: 'object',
          properties: { city: { type: 'string' }, nights: { type: 'integer' } },
          required: ['city', 'nights'],
        },
      },
    },
    required: ['traveller', 'stops'],
  },
};

const weatherQuestion = 'What is the weather in Paris now? Use the tool.';

const toolCall: Check = {
  id: 'tool-call',
  run: async (bench) => {
    const answer = await bench.ask({ tools: [weather], messages: [{ role: 'user', content: weatherQuestion }] });
    return uncalled(bench, answer, weather) ?? judged(answer, hasCity);
  },
};

const forcedTool: Check = {
  id: 'forced-tool',
  run: async (bench) => {
    const answer = await bench.ask({
      tools: [weather],
      tool_choice: { type: 'tool', name: weather.name },
      messages: [{ role: 'user', content: 'I am in Paris. Good morning!' }],
    });
    const finding = uncalled(bench, answer, weather) ?? judged(answer, hasCity);
    const refused = answer.error !== null && answer.error.status === 400 && bench.subject.flags.namedToolChoice;
    // A server that takes tools but no tool_choice of this shape takes "required".
    const calls = (bench.answerOf('tool-call')?.toolCalls.length ?? 0) > 0;
    return refused && calls ? { ...finding, flags: { namedToolChoice: false } } : finding;
  },
};

const parallelTools: Check = {
  id: 'parallel-tools',
  run: async (bench) => {
    const content =
      'What is the weather in Paris and in Rome now? Call the tool for both cities at once, in one answer.';
    const answer = await bench.ask({ tools: [weather], messages: [{ role: 'user', content }] });
    const none = uncalled(bench, answer, weather);
    if (none !== null) return none;
    const count = answer.toolCalls.length;
    if (count >= 2) return judged(answer, hasCity);
    return {
      result: 'fail',
      evidence: `It called one tool: ${calls(answer)}.`,
      remedy: 'Agents work with it all the same, a call at a time, which takes longer.',
    };
  },
};

/** The word stands in the tool's result only. */
const codeword = 'KESTREL';

const toolLoop: Check = {
  id: 'tool-loop',
  run: async (bench) => {
    const answer = await bench.ask({
      tools: [weather],
      messages: [
        { role: 'user', content: `${weatherQuestion} Tell me the name of the weather station, too.` },
        ...called(bench),
      ],
    });
    const failure = unanswered(answer, bench.subject.remedies.tools);
    if (failure !== null) return failure;
    if (answer.text.toUpperCase().includes(codeword))
      return { result: 'pass', evidence: `It used the result: ${quoted(answer.text)}.` };
    const remedy = tooSmall(bench.subject) ?? 'Check that the server uses the chat template of this model.';
    return answer.toolCalls.length > 0
      ? { result: 'fail', evidence: `It called a tool again instead: ${calls(answer)}.`, remedy }
      : { result: 'fail', evidence: `Its answer has nothing of the result: ${quoted(answer.text)}.`, remedy };
  },
};

const nestedArguments: Check = {
  id: 'nested-arguments',
  run: async (bench) => {
    const content =
      'Book a trip for Ada Lovelace, 36 years old: two nights in Paris, then three nights in Rome. Use the tool.';
    const answer = await bench.ask({ tools: [trip], messages: [{ role: 'user', content }] });
    return uncalled(bench, answer, trip) ?? judged(answer, isTrip);
  },
};

/** The call that the model made before, as it made it, and its result; a call of ours where it made none. */
function called(bench: Bench): JsonObject[] {
  const own = bench.answerOf('tool-call');
  const first = own?.error === null ? own.toolCalls[0] : undefined;
  const made: JsonObject = { type: 'tool_use', id: 'toolu_checkup', name: weather.name, input: { city: 'Paris' } };
  const turn = first === undefined ? [made] : [...(own?.content ?? [])];
  const results = (first === undefined ? ['toolu_checkup'] : (own?.toolCalls ?? []).map(({ id }) => id)).map(
    (id): JsonObject => ({
      type: 'tool_result',
      tool_use_id: id,
      content: `{"temperature_celsius": 17, "sky": "clear", "station": "${codeword}"}`,
    }),
  );
  return [
    { role: 'assistant', content: turn },
    { role: 'user', content: results },
  ];
}

/** What to say where no tool was called; null where one was. */
function uncalled(bench: Bench, answer: Answer, tool: Tool): Finding | null {
  const remedy = bench.subject.remedies.tools;
  const failure = unanswered(answer, remedy);
  if (failure !== null) return failure;
  if (answer.toolCalls.length > 0) return null;
  const leaked = leakedCalls(answer.text, tool);
  if (leaked > 0)
    return {
      result: 'fail',
      evidence: `It wrote its call into the text, and the server did not take it out: ${quoted(answer.text)}.`,
      remedy,
      flags: { leakedToolCalls: true },
    };
  return {
    result: 'fail',
    evidence: `It called no tool and said ${quoted(answer.text)}.`,
    remedy: tooSmall(bench.subject) ?? remedy,
  };
}

function judged(answer: Answer, isRight: (input: unknown) => boolean): Finding {
  return answer.toolCalls.every(({ input }) => isRight(input))
    ? { result: 'pass', evidence: `It called ${calls(answer)}.` }
    : {
        result: 'fail',
        evidence: `It called ${calls(answer)}: those arguments are not of the tool's schema.`,
        remedy: 'Small or strongly quantised models do that. Try a larger one, or a quantisation of more bits.',
      };
}

function calls({ toolCalls }: Answer): string {
  return toolCalls.map(({ name, input }) => `${name} ${JSON.stringify(input)}`).join(', ');
}

/** How many calls of this tool stand in the text, in a format that models write. */
function leakedCalls(text: string, tool: Tool): number {
  const identity = { name: tool.name, toolKind: 'function', own: false, inputSchema: tool.input_schema } as const;
  const reader = new LeakedToolCallReader(new Map([[tool.name, identity]]));
  return [...reader.push(text), ...reader.end()].filter(({ kind }) => kind === 'call').length;
}

function hasCity(input: unknown): boolean {
  return isObject(input) && typeof input.city === 'string';
}

function isTrip(input: unknown): boolean {
  if (!isObject(input) || !isObject(input.traveller) || !Array.isArray(input.stops)) return false;
  const { name, age } = input.traveller;
  const stops: readonly unknown[] = input.stops;
  const rightStops = stops.every(
    (stop) => isObject(stop) && typeof stop.city === 'string' && Number.isInteger(stop.nights),
  );
  return typeof name === 'string' && Number.isInteger(age) && rightStops;
}

export const toolChecks = { toolCall, forcedTool, parallelTools, toolLoop, nestedArguments };
