/** What a server said about a prompt that does not fit; tokens, each only where the server gave it. */
export interface Overflow {
  readonly promptTokens?: number;
  readonly contextWindow?: number;
  /** Tokens the answer was to have at most, where prompt and answer together are what does not fit. */
  readonly maxOutputTokens?: number;
}

/**
 * Texts that carry numbers, the most telling first. Groups by name: `prompt`, `output`, `window`, and `total` (prompt and output together).
 * Each is a text some server really sends (reference: protocol spec §8.3, server facts §0.5; the servers' sources).
 */
const numbered: readonly RegExp[] = [
  // llama.cpp
  pattern('request \\(<prompt> tokens\\) exceeds the available context size \\(<window> tokens\\)'),
  // llama.cpp embeddings
  pattern('input \\(<prompt> tokens\\) is too large to process.{0,200}current batch size: <window>'),
  pattern('input \\(<prompt> tokens\\) is too large to process'),
  // Anthropic
  pattern('prompt is too long[^0-9]*<prompt>\\s*tokens?\\s*>\\s*<window>'),
  pattern('input length and `?max_tokens`? exceed context limit: <prompt> \\+ <output> > <window>'),
  // vLLM, newest to oldest
  pattern(
    'maximum context length is <window> tokens\\. However, you requested <output> output tokens and your prompt contains (?:[a-z ]*)<prompt> input tokens',
  ),
  pattern('maximum context length is <window> tokens and your request has <prompt> input tokens \\(<output> > '),
  pattern('maximum context length is <window> tokens\\D+your request has <prompt> input tokens'),
  pattern(
    'prompt \\((?:total )?length <prompt>\\) is (?:too long to fit into the model|longer than the maximum model length)\\D+<window>',
  ),
  // OpenAI, DeepSeek, vLLM: messages and completion told apart
  pattern(
    'maximum context length is <window> tokens\\. However, (?:you|your request)[a-z ]* (?:about )?<total> tokens \\(<prompt> (?:in the (?:messages|prompt|input)|of text input)(?:[^)]*?, <output> (?:in|for) the (?:completion|output))?',
  ),
  pattern('maximum context length is <window> tokens\\. However, your (?:messages|prompt)[a-z ]* <prompt> tokens'),
  pattern('maximum context length is <window> tokens\\D+<prompt> (?:input |prompt )?tokens'),
  // SGLang
  pattern(
    "exceeds the model's maximum context length of <window> tokens\\. You requested a total of <total> tokens: <prompt> tokens from the input messages and <output> tokens for the completion",
  ),
  pattern("input \\(<prompt> tokens\\) is longer than the model's context length \\(<window> tokens\\)"),
  // LM Studio
  pattern('n_keep: <prompt>\\s*>= n_ctx: <window>'),
  pattern('keep the first <prompt> tokens when context the overflows\\D+context length of only <window> tokens'),
  pattern('reached context length of <window> tokens'),
  // Gemini, xAI, Moonshot, Mistral, TGI, Copilot, Cohere
  pattern('input token count \\(<prompt>\\) exceeds the maximum number of tokens allowed \\(<window>\\)'),
  pattern('maximum prompt length is <window> but the request contains <prompt> tokens'),
  pattern('exceeded model token limit:? <window> \\(requested:? <prompt>\\)'),
  pattern('prompt contains <prompt> tokens\\D+too large for model with <window> maximum context length'),
  pattern(
    '`?inputs`? tokens \\+ `?max_new_tokens`? must be <= <window>\\. Given: <prompt> `?inputs`? tokens and <output>',
  ),
  pattern('prompt token count of <prompt> exceeds the limit of <window>'),
  pattern('tokens in the prompt cannot exceed <window>\\D+<prompt>'),
  pattern('maximum (?:context|model) length (?:is|of) <window>'),
];

/** Texts that say it without numbers, or with numbers that mean neither the prompt nor the window. */
const worded: readonly RegExp[] = [
  /context_length_exceeded|exceed_context_size_error|contextwindowexceedederror|too_many_prompt_tokens/i,
  /maximum context (?:length|limit)|maximum prompt length|maximum model length|exceeded max context length/i,
  /exceeds? the (?:model's )?(?:available )?context (?:window|size|length)|context (?:window|length) (?:is )?exceed(?:s|ed)/i,
  /prompt (?:is )?too long|input is too long for requested model|input token length too long|too long to fit into the model/i,
  /exceed context limit|context exceeds your deployment|prompt exceeds max length/i,
  /longer than the (?:maximum model length|model's context length)/i,
  /when context the overflows|number of tokens to keep from the initial prompt is greater than the context length/i,
  /reached context length of \d|requested token count exceeds/i,
  /total length of all messages is too long|(?:please )?reduce the length of the (?:messages|prompt|input)/i,
  /exceeds? the maximum number of (?:input )?tokens allowed|exceeded model token limit/i,
  /input tokens exceed the configured limit|tokens in request more than max tokens allowed/i,
  /range of input length should be|but model only supports up to|`?inputs`? tokens \+ `?max_new_tokens`? must be/i,
  /input \(\d+ tokens\) is too large to process/i,
];

/** Texts that sound alike but mean tokens over time. */
const rateLimit = /tokens per (?:min|minute|day|hour)|\bTPM\b|\bTPD\b|rate.?limit/i;

/**
 * Whether a failure means that prompt (and answer) do not fit the context window, told from the server's text, `type` and `code`.
 *
 * @param words the error's text, type and code, in any order
 * @param given numbers that the server gave outside its text (llama.cpp: `n_prompt_tokens`, `n_ctx`)
 * @returns the numbers that are known ({} where none is), or null when it is some other failure
 */
export function findOverflow(words: readonly string[], given: Overflow = {}): Overflow | null {
  const text = words.join('\n').slice(0, 16_384);
  const saysSo = worded.some((wording) => wording.test(text));
  if (!saysSo || (rateLimit.test(text) && !/context/i.test(text))) return null;
  for (const candidate of numbered) {
    const groups = candidate.exec(text)?.groups;
    if (groups) return { ...numbersOf(groups), ...given };
  }
  return given;
}

function numbersOf(groups: Readonly<Record<string, string | undefined>>): Overflow {
  const prompt = toCount(groups.prompt);
  const window = toCount(groups.window);
  const output = toCount(groups.output);
  return {
    ...(prompt !== null ? { promptTokens: prompt } : {}),
    ...(window !== null ? { contextWindow: window } : {}),
    ...(output !== null && output > 0 ? { maxOutputTokens: output } : {}),
  };
}

function toCount(digits: string | undefined): number | null {
  if (digits === undefined) return null;
  const count = Number(digits.replaceAll(/[,_]/g, ''));
  return Number.isSafeInteger(count) ? count : null;
}

/** A pattern in which `<prompt>` and the other names stand for a number. */
function pattern(source: string): RegExp {
  return new RegExp(source.replaceAll(/<(prompt|output|window|total)>/g, '(?<$1>\\d[\\d,_]*)'), 'is');
}
