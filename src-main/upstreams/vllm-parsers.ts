/**
 * What a family of models needs of vLLM to have its tool calls and its reasoning read: docs/features/tool_calling.md and reasoning_outputs.md, and the names
 * that vllm/tool_parsers/__init__.py and vllm/reasoning/__init__.py register (vLLM 0064cc9, 2026). Of names for one parser the one that older versions know, too
 * (`qwen3_coder` and `qwen3_xml`).
 */
interface ModelFamily {
  /** Found in the model's name. */
  readonly name: RegExp;
  readonly toolParser: string | null;
  readonly reasoningParser: string | null;
}

/** The first that fits counts: what is more special comes first. */
const families: readonly ModelFamily[] = [
  { name: /gpt-?oss/i, toolParser: 'openai', reasoningParser: 'openai_gptoss' },
  { name: /deepseek.*r1.*(qwen|llama)/i, toolParser: null, reasoningParser: 'deepseek_r1' },
  { name: /deepseek.*r1/i, toolParser: 'deepseek_v3', reasoningParser: 'deepseek_r1' },
  { name: /deepseek.*v4/i, toolParser: 'deepseek_v4', reasoningParser: 'deepseek_v4' },
  { name: /deepseek.*v3\.2/i, toolParser: 'deepseek_v32', reasoningParser: 'deepseek_v3' },
  { name: /deepseek.*v3\.1/i, toolParser: 'deepseek_v31', reasoningParser: 'deepseek_v3' },
  { name: /deepseek.*v3/i, toolParser: 'deepseek_v3', reasoningParser: null },
  { name: /glm-?(4\.[7-9]|5)/i, toolParser: 'glm47', reasoningParser: 'glm47' },
  { name: /glm-?4\.[56]/i, toolParser: 'glm45', reasoningParser: 'glm45' },
  { name: /kimi-?k3/i, toolParser: 'kimi_k3', reasoningParser: 'kimi_k3' },
  { name: /kimi-?k2/i, toolParser: 'kimi_k2', reasoningParser: 'kimi_k2' },
  { name: /minimax-?m3/i, toolParser: 'minimax_m3', reasoningParser: 'minimax_m3' },
  { name: /minimax-?m2/i, toolParser: 'minimax_m2', reasoningParser: 'minimax_m2' },
  { name: /qwen-?3(\.\d)?-?coder/i, toolParser: 'qwen3_coder', reasoningParser: null },
  { name: /qwen-?3\.\d/i, toolParser: 'qwen3_coder', reasoningParser: 'qwen3' },
  { name: /qwen-?3/i, toolParser: 'hermes', reasoningParser: 'qwen3' },
  { name: /qwq/i, toolParser: 'hermes', reasoningParser: 'deepseek_r1' },
  { name: /qwen|hermes/i, toolParser: 'hermes', reasoningParser: null },
  { name: /magistral/i, toolParser: 'mistral', reasoningParser: 'mistral' },
  { name: /mistral|mixtral|devstral|codestral|ministral/i, toolParser: 'mistral', reasoningParser: null },
  { name: /llama-?4/i, toolParser: 'llama4_pythonic', reasoningParser: null },
  { name: /llama-?3/i, toolParser: 'llama3_json', reasoningParser: null },
  { name: /gemma-?4/i, toolParser: 'gemma4', reasoningParser: 'gemma4' },
  { name: /granite-?4/i, toolParser: 'granite4', reasoningParser: null },
  { name: /granite/i, toolParser: 'granite', reasoningParser: 'granite' },
  { name: /seed-?oss/i, toolParser: 'seed_oss', reasoningParser: 'seed_oss' },
  { name: /olmo-?3/i, toolParser: 'olmo3', reasoningParser: 'olmo3' },
  { name: /phi-?4-?mini/i, toolParser: 'phi4_mini_json', reasoningParser: null },
  { name: /internlm/i, toolParser: 'internlm', reasoningParser: null },
  { name: /hunyuan-?a13b/i, toolParser: 'hunyuan_a13b', reasoningParser: 'hunyuan_a13b' },
  { name: /command-?a-?reasoning/i, toolParser: 'cohere_command3', reasoningParser: 'cohere_command3' },
  { name: /ernie-?4\.5/i, toolParser: 'ernie45', reasoningParser: 'ernie45' },
  { name: /step-?3\.5/i, toolParser: 'step3p5', reasoningParser: 'step3p5' },
  { name: /step-?3/i, toolParser: 'step3', reasoningParser: 'step3' },
  { name: /laguna/i, toolParser: 'poolside_v1', reasoningParser: 'poolside_v1' },
  { name: /mimo/i, toolParser: 'mimo', reasoningParser: 'mimo' },
  { name: /lfm-?2/i, toolParser: 'lfm2', reasoningParser: null },
  { name: /longcat/i, toolParser: 'longcat', reasoningParser: null },
  { name: /gigachat-?3/i, toolParser: 'gigachat3', reasoningParser: null },
  { name: /apertus/i, toolParser: 'apertus', reasoningParser: null },
];

/** Its parsers of a model, whose family is told by its name; null where that is not known. */
export function parsersOf(model: string): Pick<ModelFamily, 'toolParser' | 'reasoningParser'> | null {
  return families.find(({ name }) => name.test(model)) ?? null;
}
