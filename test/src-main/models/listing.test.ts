import { expect, test } from 'vitest';
import { modelBody, modelsBody } from '../../../src-main/models/listing.ts';
import type { ListedModel } from '../../../src-main/models/route.types.ts';

const plain: ListedModel = {
  id: 'ollama/qwen3:4b',
  modelId: 'ollama/qwen3:4b',
  displayName: 'qwen3:4b (ollama)',
  ownedBy: 'ollama',
  contextWindow: 4096,
  maxOutputTokens: null,
  vision: true,
  reasoning: true,
  tools: true,
};
const alias: ListedModel = {
  ...plain,
  id: 'coder',
  displayName: 'coder',
  contextWindow: null,
  maxOutputTokens: 800,
  vision: null,
  reasoning: null,
};

test('one entry has the fields of OpenAI and of Anthropic', () => {
  expect(modelBody(plain, 'ollama/qwen3:4b')).toEqual({
    id: 'ollama/qwen3:4b',
    object: 'model',
    created: 1735689600,
    owned_by: 'ollama',
    type: 'model',
    display_name: 'qwen3:4b (ollama)',
    created_at: '2025-01-01T00:00:00Z',
    context_length: 4096,
    max_model_len: 4096,
    max_input_tokens: 4096,
  });
  expect(modelBody(plain, 'claude-local/ollama/qwen3:4b')).toMatchObject({ id: 'claude-local/ollama/qwen3:4b' });
});

test('Claude Code is shown each id with the prefix too, all others are not', () => {
  const ids = (claude: boolean) => {
    const { data } = modelsBody([plain, alias], { claude });
    return Array.isArray(data)
      ? data.map((one) => (typeof one === 'object' && one !== null && 'id' in one ? one.id : null))
      : [];
  };
  expect(ids(false)).toEqual(['ollama/qwen3:4b', 'coder']);
  expect(ids(true)).toEqual(['ollama/qwen3:4b', 'coder', 'claude-local/ollama/qwen3:4b', 'claude-local/coder']);
  expect(modelsBody([], { claude: true })).toEqual({
    object: 'list',
    data: [],
    has_more: false,
    first_id: null,
    last_id: null,
    models: [],
  });
  expect(modelsBody([plain, alias], { claude: true })).toMatchObject({
    first_id: 'ollama/qwen3:4b',
    last_id: 'claude-local/coder',
  });
});

test('Codex is told that every model takes its patches as free text, without which it offers no patch tool', () => {
  const { models } = modelsBody([plain, alias], { claude: false });
  expect(models).toMatchObject([{ apply_patch_tool_type: 'freeform' }, { apply_patch_tool_type: 'freeform' }]);
});

test('Codex finds every key it asks for, and plain ids', () => {
  const { models } = modelsBody([plain, alias], { claude: true });
  const required = [
    'slug',
    'display_name',
    'supported_reasoning_levels',
    'shell_type',
    'visibility',
    'supported_in_api',
    'priority',
    'support_verbosity',
    'truncation_policy',
    'experimental_supported_tools',
    'base_instructions',
  ];
  if (!Array.isArray(models)) throw new Error('no models');
  expect(models).toHaveLength(2);
  for (const one of models) expect(Object.keys(Object(one))).toEqual(expect.arrayContaining(required));
  expect(models[0]).toMatchObject({
    slug: 'ollama/qwen3:4b',
    context_window: 4096,
    input_modalities: ['text', 'image'],
    default_reasoning_level: 'medium',
  });
  expect(models[1]).toMatchObject({ slug: 'coder', input_modalities: ['text'], supported_reasoning_levels: [] });
  expect(models[1]).not.toHaveProperty('context_window');
});
