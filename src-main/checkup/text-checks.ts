import { isObject } from '../../src-shared/json.ts';
import { type Check, quoted, unanswered } from './check.ts';
import { slowRemedy } from './remedies.ts';

const user = (content: string) => [{ role: 'user', content }];

const text: Check = {
  id: 'text',
  run: async (bench) => {
    const answer = await bench.ask({ messages: user('Reply with one short sentence that greets me.') });
    const failure = unanswered(answer);
    if (failure !== null) return failure;
    if (answer.text.trim() !== '') return { result: 'pass', evidence: `It said ${quoted(answer.text)}.` };
    const evidence = answer.reasoning === '' ? 'Its answer was empty.' : 'It reasoned, and then its answer was empty.';
    return { result: 'fail', evidence, remedy: 'Check that the server uses the chat template of this model.' };
  },
};

/** A server that writes everything at its end has one piece, or all of them in one moment. */
const streaming: Check = {
  id: 'streaming',
  run: async (bench) => {
    const prompt = 'Write the numbers from one to sixty as English words, separated by commas, and nothing else.';
    const answer = await bench.ask({ messages: user(prompt) });
    const { first, last, pieces } = answer.timing;
    // What was cut by the limit of output has streamed all the same.
    const failure = answer.error === null ? null : unanswered(answer);
    if (failure !== null) return failure;
    const length = answer.text.length + answer.reasoning.length;
    const remedy =
      'Look for what stands between: a proxy that buffers (nginx: `proxy_buffering off`), or a server that streams no answers.';
    if (first === null || last === null || length === 0)
      return { result: 'unknown', evidence: 'Its answer was empty.' };
    if (pieces === 1) {
      if (length < 80)
        return { result: 'unknown', evidence: `Its answer was too short to tell: ${quoted(answer.text)}.` };
      return { result: 'fail', evidence: `${length} characters came in one piece.`, remedy };
    }
    if (pieces >= 20 && last > 3000 && last - first < last * 0.05) {
      const evidence = `${pieces} pieces came at once, after ${seconds(first)}.`;
      return { result: 'fail', evidence, remedy };
    }
    return { result: 'pass', evidence: `${length} characters came in ${pieces} pieces.` };
  },
};

/** Read from the streamed answer; the model is in memory by then. */
const firstToken: Check = {
  id: 'first-token',
  run: async (bench) => {
    const first = bench.answerOf('streaming')?.timing.first ?? null;
    if (first === null) return { result: 'unknown', evidence: 'No streamed answer came that could be timed.' };
    const evidence = `The first token of a short prompt came after ${seconds(first)}.`;
    return first > 10_000 ? { result: 'fail', evidence, remedy: slowRemedy } : { result: 'pass', evidence };
  },
};

/** Below this an agent's work is no longer worth waiting for: a file of 2,000 tokens takes seven minutes. */
const slowestTokensPerSecond = 5;

const tokensPerSecond: Check = {
  id: 'tokens-per-second',
  run: async (bench) => {
    const answer = bench.answerOf('streaming');
    const { first, last } = answer?.timing ?? { first: null, last: null };
    const tokens = answer?.usage?.output ?? 0;
    if (first === null || last === null || tokens < 10 || last - first < 20)
      return { result: 'unknown', evidence: 'The streamed answer was too short to be timed.' };
    const rate = ((tokens - 1) * 1000) / (last - first);
    const evidence = `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} tokens/s over ${tokens} tokens.`;
    return rate < slowestTokensPerSecond
      ? { result: 'fail', evidence, remedy: slowRemedy }
      : { result: 'pass', evidence };
  },
};

const stopSequence: Check = {
  id: 'stop-sequence',
  run: async (bench) => {
    if (bench.subject.protocol === 'responses')
      return {
        result: 'unknown',
        evidence: 'The Responses API, which its server is spoken to in, has no stop sequences.',
      };
    const prompt = 'Write exactly this line and nothing else: alpha bravo charlie delta echo foxtrot';
    const answer = await bench.ask({ messages: user(prompt), stop_sequences: ['delta'] });
    const failure = unanswered(answer);
    if (failure !== null) return failure;
    if (/delta/.test(answer.text)) {
      const evidence = `It went on past “delta”: ${quoted(answer.text)}.`;
      return { result: 'fail', evidence, remedy: 'Agents seldom need it. Ask for a newer version of the server.' };
    }
    if (answer.stopReason === 'stop_sequence' || /charlie\s*$/.test(answer.text))
      return { result: 'pass', evidence: `It stopped before “delta”: ${quoted(answer.text)}.` };
    return { result: 'unknown', evidence: `It did not get as far as “delta”: ${quoted(answer.text)}.` };
  },
};

const jsonSchema: Check = {
  id: 'json-schema',
  run: async (bench) => {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' }, inhabitants: { type: 'integer' } },
      required: ['city', 'inhabitants'],
      additionalProperties: false,
    };
    const answer = await bench.ask({
      messages: user('Which city is the capital of France, and how many people live there?'),
      output_config: { format: { type: 'json_schema', schema } },
    });
    const remedy = 'Only clients that ask for structured output need it. Servers that enforce a grammar keep to it.';
    const failure = unanswered(answer, remedy);
    if (failure !== null) return failure;
    const kept = isCity(answer.text);
    return kept
      ? { result: 'pass', evidence: `It answered ${quoted(answer.text)}.` }
      : { result: 'fail', evidence: `Its answer is not of that schema: ${quoted(answer.text)}.`, remedy };
  },
};

function isCity(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return (
      isObject(value) &&
      typeof value.city === 'string' &&
      Number.isInteger(value.inhabitants) &&
      Object.keys(value).length === 2
    );
  } catch {
    return false; // no JSON
  }
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export const textChecks = { text, streaming, firstToken, tokensPerSecond, stopSequence, jsonSchema };
