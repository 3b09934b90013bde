import type { JsonRecord } from './script.ts';

/**
 * The answers of the servers' own endpoints, shortened from recordings of llama-server b11669 and Ollama 0.33 to what a client reads.
 */
export interface NativeAnswer {
  readonly status: number;
  readonly body: JsonRecord | string;
}

export interface NativeState {
  readonly models: readonly string[];
  readonly contextWindow: number;
  readonly trainedContext: number;
  /** Those of the models that are in memory. */
  readonly loaded: ReadonlySet<string>;
}

const ok = (body: JsonRecord | string): NativeAnswer => ({ status: 200, body });

export function llamaCppAnswer(path: string, state: NativeState): NativeAnswer {
  const id = state.models[0] ?? 'model';
  switch (path) {
    case '/health':
    case '/v1/health':
      return ok({ status: 'ok' });
    case '/props':
      return ok({
        default_generation_settings: { n_ctx: state.contextWindow },
        total_slots: 1,
        model_alias: id,
        model_path: `/srv/models/${id}.gguf`,
        modalities: { vision: false, video: false, audio: false },
        chat_template_caps: {
          supports_tools: true,
          supports_tool_calls: true,
          supports_parallel_tool_calls: true,
          supports_system_role: true,
          supports_typed_content: false,
          supports_object_arguments: false,
        },
        build_info: 'b11669-Debian',
      });
    case '/models':
    case '/v1/models':
      return ok({
        object: 'list',
        data: state.models.map((name) => ({
          id: name,
          aliases: [name],
          tags: [],
          object: 'model',
          created: 1795224020,
          owned_by: 'llamacpp',
          meta: { n_ctx: state.contextWindow, n_ctx_train: state.trainedContext },
        })),
      });
    default:
      return { status: 404, body: { error: { message: 'File Not Found', type: 'not_found_error', code: 404 } } };
  }
}

export function ollamaAnswer(path: string, state: NativeState): NativeAnswer {
  const details = {
    parent_model: '',
    format: 'gguf',
    family: 'llama',
    families: ['llama'],
    parameter_size: '2.47M',
    quantization_level: 'unknown',
  };
  switch (path) {
    case '/':
      return ok('Ollama is running');
    case '/api/version':
      return ok({ version: '0.33.0' });
    case '/api/tags':
      return ok({
        models: state.models.map((name, at) => ({
          name,
          model: name,
          size: 9_899_306,
          digest: `d${at}`,
          details: { ...details, context_length: state.trainedContext },
          capabilities: ['completion', 'tools'],
        })),
      });
    case '/api/ps':
      return ok({
        models: [...state.loaded].map((name) => ({
          name,
          model: name,
          size: 33_764_146,
          digest: 'd0',
          details,
          expires_at: '2030-01-01T00:00:00Z',
          size_vram: 0,
          context_length: state.contextWindow,
        })),
      });
    case '/api/show':
      return ok({
        details,
        model_info: { 'general.architecture': 'llama', 'llama.context_length': state.trainedContext },
        capabilities: ['completion', 'tools', 'thinking'],
      });
    case '/v1/models':
      return ok({
        object: 'list',
        data: state.models.map((name) => ({ id: name, object: 'model', created: 1795224020, owned_by: 'library' })),
      });
    default:
      return { status: 404, body: '404 page not found' };
  }
}

export function openaiAnswer(path: string, state: NativeState): NativeAnswer {
  if (path === '/v1/models') {
    return ok({
      object: 'list',
      data: state.models.map((id) => ({
        id,
        object: 'model',
        created: 1795224020,
        owned_by: 'fake',
        max_model_len: state.contextWindow,
      })),
    });
  }
  return {
    status: 404,
    body: { error: { message: `Unknown path ${path}`, type: 'invalid_request_error', param: null, code: null } },
  };
}
