import type { ModelEntry, ServerEntry } from '../../../src-shared/catalogue.ts';

/** Below this a coding agent's own instructions and tools leave no room to work, in tokens. */
const smallestUseful = 16_384;

/** Tokens in the short form people use for context windows: 4096 → "4k", 131072 → "128k", 200000 → "200k", 1048576 → "1M". */
export function shortTokens(tokens: number): string {
  const base = tokens % 1024 === 0 ? 1024 : 1000;
  const [amount, unit] = tokens >= base * base ? [tokens / (base * base), 'M'] : [tokens / base, 'k'];
  if (tokens < 1000) return String(tokens);
  return `${Number(amount.toFixed(amount < 10 && unit === 'M' ? 1 : 0))}${unit}`;
}

/** Whether the context in force is too small for a coding agent. */
export function isTooSmall(model: ModelEntry): boolean {
  const { inForce } = model.contextWindow;
  return inForce !== null && inForce < smallestUseful && model.capabilities.embeddings !== true;
}

/** What to do about a context that is too small, by the kind of server; null where none of its models has one. */
export function contextRemedy(server: ServerEntry): string | null {
  if (!server.models.some(isTooSmall)) return null;
  const problem = 'The marked context is too small for coding agents.';
  switch (server.kind) {
    case 'ollama':
      return `${problem} Start Ollama with \`OLLAMA_CONTEXT_LENGTH=65536\` in its environment.`;
    case 'llama-cpp':
      return `${problem} Start llama-server with \`-c 65536\`; with several slots (\`-np\`) each gets its share.`;
    case 'lm-studio':
      return `${problem} Load the model with \`lms load MODEL --context-length 65536\`, or set it in LM Studio.`;
    case 'vllm':
      return `${problem} Start vLLM with \`--max-model-len 65536\`.`;
    case 'sglang':
      return `${problem} Start SGLang with \`--context-length 65536\`.`;
    case 'anthropic':
    case 'openai':
    case 'azure-openai':
    case 'openrouter':
    case 'deepseek':
    case 'glm':
    case 'groq':
    case 'mistral':
    case 'moonshot':
    case 'xai':
      return 'The marked context is too small for coding agents. Choose another model.';
    case 'openai-compatible':
      return `${problem} Raise it where that server is started.`;
  }
}
