import { withLoopback } from './no-proxy.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Variables with model providers' secrets, or that send an agent to a provider: what we start gets none of them that is not its own. A `*`
 * stands for any ending.
 */
export const providerVariables: readonly string[] = [
  'ANTHROPIC_*',
  'AZURE_OPENAI_*',
  'CEREBRAS_API_KEY',
  'CLAUDE_CODE_USE_*',
  'CODEX_API_KEY',
  'COHERE_API_KEY',
  'DASHSCOPE_API_KEY',
  'DEEPSEEK_API_KEY',
  'FIREWORKS_API_KEY',
  'GEMINI_API_KEY',
  'GOOGLE_API_KEY',
  'GOOGLE_GENERATIVE_AI_API_KEY',
  'GROQ_API_KEY',
  'HF_TOKEN',
  'HUGGINGFACE_API_KEY',
  'MISTRAL_API_KEY',
  'MOONSHOT_API_KEY',
  'OPENAI_*',
  'OPENCODE_CONFIG_CONTENT',
  'OPENROUTER_API_KEY',
  'TOGETHER_API_KEY',
  'XAI_API_KEY',
  'ZAI_API_KEY',
  'ZHIPU_API_KEY',
];

/** What is taken away beside them where nothing of the user's other accounts is to be reached. */
export const accountVariables: readonly string[] = [
  'AWS_*',
  'GH_TOKEN',
  'GITHUB_*',
  'GITLAB_*',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'NPM_TOKEN',
];

/** Our own keys: the gateway's, and those of the command line. */
const ownVariables: readonly string[] = ['DRAGOMAN_KEY', 'DRAGOMAN_HANDED_OVER'];

/**
 * The environment for an agent that we start: without these variables, with `own` ones on top, and round any proxy for this computer. `kept`
 * names variables that stay.
 */
export function cleanEnvironment(
  environment: Environment,
  own: Readonly<Record<string, string>>,
  { strict = false, kept = [] }: { readonly strict?: boolean; readonly kept?: readonly string[] } = {},
): Record<string, string> {
  const removed = [...providerVariables, ...ownVariables, ...(strict ? accountVariables : [])].filter(
    (name) => !kept.includes(name),
  );
  const clean = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || (!kept.includes(name) && removed.some((pattern) => matches(pattern, name)))
      ? []
      : [[name, value] as const],
  );
  // The lower-case name beats the other one where it is set.
  const { NO_PROXY, no_proxy } = environment;
  return {
    ...Object.fromEntries(clean),
    NO_PROXY: withLoopback(NO_PROXY ?? no_proxy),
    ...(no_proxy !== undefined && { no_proxy: withLoopback(no_proxy) }),
    ...own,
  };
}

/** Windows knows no case in the names of variables; elsewhere nobody writes these ones in lower case. */
export function matches(pattern: string, name: string): boolean {
  const upper = name.toUpperCase();
  return pattern.endsWith('*') ? upper.startsWith(pattern.slice(0, -1)) : upper === pattern;
}
