import { describe, expect, test } from 'vitest';
import { findOverflow, type Overflow } from '../../../../src-main/protocols/conversation/context-overflow.ts';

describe('F02: the overflow texts of each server, with the numbers they give', () => {
  test.each<[string, string, Overflow]>([
    [
      'llama.cpp',
      'request (918 tokens) exceeds the available context size (768 tokens), try increasing it',
      { promptTokens: 918, contextWindow: 768 },
    ],
    [
      'older llama.cpp',
      'the request exceeds the available context size. try increasing the context size or enable context shift',
      {},
    ],
    [
      'llama.cpp embeddings',
      'input (3000 tokens) is too large to process. increase the physical batch size (current batch size: 512)',
      { promptTokens: 3000, contextWindow: 512 },
    ],
    [
      'vLLM',
      "This model's maximum context length is 4096 tokens. However, you requested 1000 output tokens and your prompt contains at least 3500 input tokens, for a total of at least 4500 tokens. Please reduce the length of the input prompt or the number of requested output tokens.",
      { promptTokens: 3500, contextWindow: 4096, maxOutputTokens: 1000 },
    ],
    [
      'vLLM max_tokens',
      "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 4096 tokens and your request has 100 input tokens (5000 > 4096 - 100).",
      { promptTokens: 100, contextWindow: 4096, maxOutputTokens: 5000 },
    ],
    [
      'vLLM chat',
      "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion). Please reduce the length of the messages or completion.",
      { promptTokens: 4000, contextWindow: 4096, maxOutputTokens: 1000 },
    ],
    [
      'vLLM decoder',
      'The decoder prompt (length 5000) is longer than the maximum model length of 4096. Make sure that',
      { promptTokens: 5000, contextWindow: 4096 },
    ],
    [
      'vLLM prompt',
      'The prompt (total length 5000) is too long to fit into the model (context length 4096).',
      { promptTokens: 5000, contextWindow: 4096 },
    ],
    [
      'DeepSeek',
      "This model's maximum context length is 1048565 tokens. However, you requested 1250025 tokens (1250025 in the messages, 0 in the completion).",
      { promptTokens: 1250025, contextWindow: 1048565 },
    ],
    [
      'OpenAI',
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 10023 tokens. Please reduce the length of the messages.",
      { promptTokens: 10023, contextWindow: 8192 },
    ],
    [
      'OpenRouter',
      "This endpoint's maximum context length is 200000 tokens. However, you requested about 2500021 tokens (2500021 of text input, 32000 in the output).",
      { promptTokens: 2500021, contextWindow: 200000, maxOutputTokens: 32000 },
    ],
    [
      'OpenAI Responses',
      'Your input exceeds the context window of this model. Please adjust your input and try again.',
      {},
    ],
    [
      'Anthropic',
      'prompt is too long: 3333404 tokens > 200000 maximum',
      { promptTokens: 3333404, contextWindow: 200000 },
    ],
    [
      'Anthropic with max_tokens',
      'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length',
      { promptTokens: 190000, contextWindow: 200000, maxOutputTokens: 20000 },
    ],
    ['Ollama cloud', 'prompt too long; exceeded max context length by 1119046 tokens (ref: 1)', {}],
    [
      'LM Studio',
      'Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
      { promptTokens: 9000, contextWindow: 4096 },
    ],
    [
      'newer LM Studio',
      'The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 5000>= n_ctx: 4096). Try to load the model with a larger context length',
      { promptTokens: 5000, contextWindow: 4096 },
    ],
    [
      'LM Studio, while it answers',
      'Reached context length of 4096 tokens with model (arch: qwen2) that does not currently support mid-generation context overflow.',
      { contextWindow: 4096 },
    ],
    [
      'SGLang',
      "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 5000 tokens: 4900 tokens from the input messages and 100 tokens for the completion.",
      { promptTokens: 4900, contextWindow: 4096, maxOutputTokens: 100 },
    ],
    [
      'SGLang input',
      "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
      { promptTokens: 5000, contextWindow: 4096 },
    ],
    ['Perplexity', 'The total length of all messages is too long.', {}],
    [
      'Gemini',
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      { promptTokens: 1200000, contextWindow: 1048576 },
    ],
    [
      'xAI',
      "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
      { promptTokens: 537812, contextWindow: 131072 },
    ],
    [
      'Moonshot',
      'Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)',
      { promptTokens: 9000, contextWindow: 8192 },
    ],
    [
      'TGI',
      'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 20 `max_new_tokens`',
      { promptTokens: 5000, contextWindow: 4096, maxOutputTokens: 20 },
    ],
    ['DashScope', 'Range of input length should be [1, 30720]', {}],
    ['Bedrock', 'Input is too long for requested model.', {}],
    [
      'numbers with separators',
      "This model's maximum context length is 8,192 tokens. However, your messages resulted in 10,023 tokens.",
      { promptTokens: 10023, contextWindow: 8192 },
    ],
  ])('%s', (_, text, expected) => {
    expect(findOverflow([text])).toEqual(expected);
    expect(findOverflow([text.toUpperCase().replaceAll('`MAX_TOKENS`', '`max_tokens`')])).not.toBeNull();
  });

  test('a code or a type tells as well as a text', () => {
    expect(findOverflow(['no', 'invalid_request_error', 'context_length_exceeded'])).toEqual({});
    expect(findOverflow(['no', 'exceed_context_size_error'], { promptTokens: 9, contextWindow: 8 })).toEqual({
      promptTokens: 9,
      contextWindow: 8,
    });
    expect(findOverflow(['no', 'too_many_prompt_tokens'])).toEqual({});
  });

  test.each([
    'Loading model',
    'model not found',
    'max_tokens must be at least 1',
    'Request too large for gpt-x on tokens per min (TPM): Limit 30000, Requested 40000. Please reduce the length of the messages.',
    'invalid tool call arguments',
    'The context parameter is unknown',
    '',
  ])('%j is no overflow', (text) => {
    expect(findOverflow([text])).toBeNull();
  });
});
