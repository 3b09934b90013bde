import { type Bench, type Check, type Finding, quoted, unanswered } from './check.ts';

const line = (number: number): string =>
  `Entry ${number}: the heron stood in the shallow water and waited until the evening came.`;

function lines(count: number): string {
  return Array.from({ length: count }, (_, index) => line(index + 1)).join('\n');
}

/** So many tokens a line has at most; only where the gateway does not count. */
const guessedTokensPerLine = 20;
/** A longer prompt than this takes minutes on many machines, and money elsewhere. Tokens. */
const longestPrompt = 64_000;
/** What must fit beside the prompt. Tokens. */
const reserve = 512;
const countedLines = 100;

async function tokensPerLine(bench: Bench): Promise<number> {
  const counted = await bench.count({ messages: [{ role: 'user', content: lines(countedLines) }] });
  return counted === null ? guessedTokensPerLine : counted / countedLines;
}

const recall: Check = {
  id: 'recall',
  run: async (bench) => {
    const { contextWindow } = bench.subject;
    if (contextWindow === null)
      return {
        result: 'unknown',
        evidence: 'The context in force is not known.',
        remedy: 'Set `contextWindow` of this model in the settings.',
      };
    const target = Math.min(Math.floor(contextWindow * 0.85) - reserve, longestPrompt);
    if (target < 1000)
      return {
        result: 'fail',
        evidence: `The context in force, ${contextWindow} tokens, has no room for an agent's prompt.`,
        remedy: bench.subject.remedies.context,
      };
    const [first, second] = ['4817', '2963'];
    const count = Math.floor(target / (await tokensPerLine(bench)));
    const middle = Math.floor(count / 2);
    const all = Array.from({ length: count }, (_, index) => line(index + 1));
    const prompt = [
      `Remember this of log ${bench.nonce}: the number of the red box is ${first}.`,
      ...all.slice(0, middle),
      `The number of the blue box is ${second}.`,
      ...all.slice(middle),
      'What are the numbers of the red box and of the blue box? Answer with the two numbers.',
    ].join('\n');
    const answer = await bench.ask({ messages: [{ role: 'user', content: prompt }], max_tokens: reserve });
    const remedy = bench.subject.remedies.context;
    const failure = unanswered(answer, remedy);
    if (failure !== null) return failure;
    // What the server counted; what it lost, it did not count.
    const stated = answer.usage?.prompt ?? 0;
    const size = `a prompt of about ${Math.round(target).toLocaleString('en')} tokens`;
    const limit =
      target === longestPrompt
        ? ` Longer ones, up to the ${contextWindow.toLocaleString('en')} in force, were not tried.`
        : '';
    if (stated > 0 && stated < target * 0.6)
      return {
        result: 'fail',
        evidence: `Of ${size} the server read ${stated.toLocaleString('en')}: it cuts prompts without a word.`,
        remedy,
      };
    const knows = [first, second].filter((number) => number !== undefined && answer.text.includes(number)).length;
    if (knows === 2) return { result: 'pass', evidence: `It knew both numbers in ${size}.${limit}` };
    const which = knows === 1 ? 'one of the two numbers' : 'neither number';
    return { result: 'fail', evidence: `It knew ${which} in ${size}, and said ${quoted(answer.text)}.`, remedy };
  },
};

/** Two turns of one conversation: the second begins with what the first was. Providers cache from 1,024 tokens on. */
const promptCache: Check = {
  id: 'prompt-cache',
  run: async (bench) => {
    const { contextWindow } = bench.subject;
    const wanted = Math.min(2000, Math.floor((contextWindow ?? 8000) / 4));
    const system = [
      {
        type: 'text',
        text: `These are the notes ${bench.nonce}.\n${lines(Math.ceil(wanted / (await tokensPerLine(bench))))}`,
        cache_control: { type: 'ephemeral' },
      },
    ];
    const question = { role: 'user', content: 'Say in one short sentence what the heron did.' };
    const first = await bench.ask({ system, messages: [question] });
    const failed = unanswered(first);
    if (failed !== null) return failed;
    if (first.text.trim() === '') return { result: 'unknown', evidence: 'Its first answer was empty.' };
    const second = await bench.ask({
      system,
      messages: [
        question,
        { role: 'assistant', content: [...first.content] },
        { role: 'user', content: 'And until when?' },
      ],
    });
    if (second.error !== null) return unanswered(second) ?? { result: 'unknown', evidence: second.error.message };
    const { prompt, cached } = second.usage ?? { prompt: 0, cached: 0 };
    if (prompt > 0 && cached > 0) return reuse(cached, prompt, bench.subject.remedies.cache);
    const figures = `${prompt.toLocaleString('en')} tokens of the second turn`;
    if (prompt > 0 && bench.subject.tellsCacheReuse)
      return {
        result: 'fail',
        evidence: `None of the ${figures} came from the cache.`,
        remedy: bench.subject.remedies.cache,
      };
    return {
      result: 'unknown',
      evidence: 'The server does not tell what it reuses.',
      remedy: bench.subject.remedies.cache,
    };
  },
};

function reuse(cached: number, prompt: number, remedy: string | null): Finding {
  const share = Math.round((cached * 100) / prompt);
  const evidence = `${cached.toLocaleString('en')} of the ${prompt.toLocaleString('en')} tokens of the second turn came from the cache (${share} %).`;
  return share >= 50 ? { result: 'pass', evidence } : { result: 'fail', evidence, remedy };
}

export const promptChecks = { recall, promptCache };
