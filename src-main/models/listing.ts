import type { JsonObject } from '../../src-shared/json.ts';
import { claudePrefix } from './model-names.ts';
import type { ListedModel } from './route.types.ts';

/** Models have no date of their own; a fixed one keeps the answer the same from call to call. */
const created = Date.UTC(2025, 0, 1) / 1000;

/**
 * The body of `GET /v1/models` that serves all clients: `data[]` with OpenAI's and Anthropic's fields, `models[]` as Codex reads it.
 * `claude`: for Claude Code each id stands there as `claude-local/<id>` too, since its discovery keeps only ids with "claude" in them
 * (measured on Claude Code 2.1.329, Codex 0.169.0).
 */
export function modelsBody(list: readonly ListedModel[], options: { readonly claude: boolean }): JsonObject {
  const plain = list.map((model) => modelBody(model, model.id));
  const prefixed = options.claude ? list.map((model) => modelBody(model, claudePrefix + model.id)) : [];
  const data = [...plain, ...prefixed];
  return {
    object: 'list',
    data,
    has_more: false,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    models: list.map(codexModel),
  };
}

/** The body of `GET /v1/models/{id}`, under the name that was asked for: clients compare it. */
export function modelBody(model: ListedModel, id: string): JsonObject {
  const { contextWindow, maxOutputTokens } = model;
  return {
    id,
    object: 'model',
    created,
    owned_by: model.ownedBy,
    type: 'model',
    display_name: model.displayName,
    created_at: new Date(created * 1000).toISOString().replace('.000Z', 'Z'),
    ...(contextWindow === null
      ? {}
      : { context_length: contextWindow, max_model_len: contextWindow, max_input_tokens: contextWindow }),
    ...(maxOutputTokens === null ? {} : { max_tokens: maxOutputTokens }),
  };
}

const instructions =
  "You are a coding agent that works in a terminal on the user's computer. Read before you change, use the tools you are given, keep changes small, check what you did, and say plainly what you found and did.";

const reasoningLevels = [
  { effort: 'low', description: 'Thinks briefly' },
  { effort: 'medium', description: 'Thinks as the task needs' },
  { effort: 'high', description: 'Thinks long' },
];

/** Codex refuses the whole list where one of these keys is missing (0.169.0, verified key by key). */
function codexModel(model: ListedModel): JsonObject {
  return {
    slug: model.id,
    display_name: model.displayName,
    supported_reasoning_levels: model.reasoning === true ? reasoningLevels.map((level) => ({ ...level })) : [],
    ...(model.reasoning === true ? { default_reasoning_level: 'medium' } : {}),
    shell_type: 'unified_exec',
    // The only value there is; without it Codex offers the model no apply_patch tool.
    apply_patch_tool_type: 'freeform',
    visibility: 'list',
    supported_in_api: true,
    priority: 1,
    support_verbosity: false,
    truncation_policy: { mode: 'tokens', limit: 10_000 },
    experimental_supported_tools: [],
    base_instructions: instructions,
    input_modalities: model.vision === true ? ['text', 'image'] : ['text'],
    ...(model.contextWindow === null ? {} : { context_window: model.contextWindow }),
  };
}
