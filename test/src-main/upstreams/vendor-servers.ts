import { httpServer, type LocalServer } from './local-server.ts';

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Answers by path, query left aside; `key`: what the secret has to be, in the header it has to be in. */
export interface VendorServer {
  readonly paths: Readonly<Record<string, Answer>>;
  readonly unknown: Answer;
  readonly refused: Answer;
  /** Open to everyone. */
  readonly open?: readonly string[];
}

const notFound: Answer = { status: 404, body: { error: { message: 'Not found' } } };
const model = (id: string, owner: string, more: object = {}) => ({
  id,
  object: 'model',
  created: 1_760_000_000,
  owned_by: owner,
  ...more,
});
const lists = (data: readonly object[]): Answer => ({ body: { object: 'list', data } });

/** openrouter.ai/docs, List available models; Get current API key. Its list is open, the key's page is not. */
export const openrouterServer: VendorServer = {
  paths: {
    '/v1/models': {
      body: {
        data: [
          {
            id: 'anthropic/claude-x',
            canonical_slug: 'anthropic/claude-x-2026',
            name: 'Claude X',
            created: 1_760_000_000,
            context_length: 1_000_000,
            architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'], tokenizer: 'Claude' },
            top_provider: { context_length: 200_000, max_completion_tokens: 64_000, is_moderated: true },
            supported_parameters: ['max_tokens', 'reasoning', 'tool_choice', 'tools', 'top_k'],
          },
          {
            id: 'some/old-7b',
            canonical_slug: 'some/old-7b',
            context_length: 8192,
            architecture: { input_modalities: ['text'], output_modalities: ['text'] },
            top_provider: { context_length: null, max_completion_tokens: null },
            supported_parameters: ['max_tokens', 'temperature'],
          },
          {
            id: 'a/painter',
            canonical_slug: 'a/painter',
            architecture: { input_modalities: ['text'], output_modalities: ['image'] },
            top_provider: {},
          },
        ],
      },
    },
    '/v1/key': { body: { data: { label: 'sk-or-…', limit: null, usage: 0 } } },
  },
  open: ['/v1/models'],
  unknown: notFound,
  refused: { status: 401, body: { error: { message: 'User not found.', code: 401 } } },
};

/** learn.microsoft.com, Azure OpenAI REST reference (data plane, 2023-03-15-preview and 2024-10-21); headers as recorded. */
export const azureServer: VendorServer = {
  paths: {
    '/openai/deployments': {
      body: {
        object: 'list',
        data: [
          {
            id: 'our-gpt',
            object: 'deployment',
            model: 'gpt-5-mini',
            status: 'succeeded',
            owner: 'organization-owner',
          },
          { id: 'vectors', object: 'deployment', model: 'text-embedding-3-small', status: 'succeeded' },
          { id: 'half-made', object: 'deployment', model: 'gpt-4o', status: 'running' },
        ],
      },
    },
    '/openai/models': lists([{ id: 'gpt-4o', object: 'model', capabilities: { chat_completion: true } }]),
    '/openai/v1/models': {
      headers: { 'apim-request-id': 'r' },
      body: { object: 'list', data: [{ id: 'gpt-4o', object: 'model' }] },
    },
  },
  unknown: {
    status: 404,
    headers: { 'apim-request-id': 'r' },
    body: { error: { code: '404', message: 'Resource not found' } },
  },
  refused: {
    status: 401,
    headers: { 'apim-request-id': 'r' },
    body: {
      error: {
        code: '401',
        message: 'Access denied due to invalid subscription key or wrong API endpoint.',
      },
    },
  },
};

/** api-docs.deepseek.com, Lists Models. */
export const deepseekServer: VendorServer = {
  paths: { '/models': lists([{ id: 'deepseek-v4-flash', object: 'model', owned_by: 'deepseek' }]) },
  unknown: { status: 404, body: '' },
  refused: {
    status: 401,
    body: {
      error: {
        message: 'Authentication Fails',
        type: 'authentication_error',
        param: null,
        code: 'invalid_request_error',
      },
    },
  },
};

/** docs.z.ai, below /api/paas/v4; errors: API code. */
export const glmServer: VendorServer = {
  paths: { '/api/paas/v4/models': lists([model('glm-5.2', 'z-ai'), model('glm-4.5v', 'z-ai')]) },
  unknown: { status: 404, body: { status: 404, error: 'Not Found', path: '/' } },
  refused: { status: 401, body: { error: { code: '1000', message: 'Authentication Failed' } } },
};

/** console.groq.com/docs/api-reference, List models; below /openai/v1. */
export const groqServer: VendorServer = {
  paths: {
    '/openai/v1/models': lists([
      model('openai/gpt-oss-120b', 'OpenAI', {
        active: true,
        context_window: 131_072,
        public_apps: null,
        max_completion_tokens: 65_536,
      }),
      model('whisper-large-v3', 'OpenAI', { active: true, context_window: 448, max_completion_tokens: 448 }),
      model('gone-8b', 'Meta', { active: false, context_window: 8192, max_completion_tokens: 8192 }),
    ]),
  },
  unknown: { status: 404, body: { error: { message: 'Unknown request URL', type: 'invalid_request_error' } } },
  refused: { status: 401, body: { error: { message: 'Invalid API Key', code: 'invalid_api_key' } } },
};

/** docs.mistral.ai/api, List Models (BaseModelCard). */
export const mistralServer: VendorServer = {
  paths: {
    '/v1/models': lists([
      model('mistral-small-2603', 'mistralai', {
        capabilities: { completion_chat: true, function_calling: true, vision: true, reasoning: true },
        max_context_length: 262_144,
        aliases: ['mistral-small-latest'],
        type: 'base',
      }),
      model('magistral-medium-latest', 'mistralai', {
        capabilities: { completion_chat: true, function_calling: true, vision: false },
        max_context_length: 131_072,
        aliases: [],
      }),
      model('mistral-embed', 'mistralai', { capabilities: { completion_chat: false }, max_context_length: 8192 }),
      model('mistral-ocr-latest', 'mistralai', { capabilities: { completion_chat: false } }),
    ]),
  },
  unknown: { status: 404, body: { message: 'no Route matched with those values' } },
  refused: { status: 401, body: { detail: 'Unauthorized' } },
};

/** platform.kimi.com, List models. */
export const moonshotServer: VendorServer = {
  paths: {
    '/v1/models': lists([
      model('kimi-k2.6', 'moonshot', {
        context_length: 262_144,
        supports_image_in: true,
        supports_video_in: true,
        supports_reasoning: true,
      }),
      model('moonshot-v1-8k', 'moonshot', {
        context_length: 8192,
        supports_image_in: false,
        supports_reasoning: false,
      }),
    ]),
  },
  unknown: { status: 404, body: { code: 5, error: 'url.not_found', message: '没找到对象', method: 'GET' } },
  refused: {
    status: 401,
    body: { error: { message: 'Invalid Authentication', type: 'invalid_authentication_error' } },
  },
};

/** docs.x.ai, REST reference: List models, List language models. */
export const xaiServer: VendorServer = {
  paths: {
    '/v1/models': lists([model('grok-4.5', 'xai'), model('grok-imagine-image', 'xai')]),
    '/v1/language-models': {
      body: {
        models: [
          {
            id: 'grok-4.5',
            object: 'model',
            owned_by: 'xai',
            version: '1.0',
            input_modalities: ['text', 'image'],
            output_modalities: ['text'],
            aliases: ['grok-4.5-latest'],
          },
        ],
      },
    },
  },
  unknown: { status: 404, body: '' },
  refused: { status: 400, body: { code: 'Client specified an invalid argument', error: 'Incorrect API key provided' } },
};

export const vendorKey = 'sk-of-the-test';

/** Serves what a vendor's pages document. Whoever comes without its key is refused. `asked` collects "METHOD url". */
export function vendorServer(
  vendor: VendorServer,
  asked: string[] = [],
  header = 'authorization',
): Promise<LocalServer> {
  return httpServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    request.resume();
    const path = new URL(request.url ?? '/', 'http://here').pathname;
    const given = request.headers[header];
    const known = given === vendorKey || given === `Bearer ${vendorKey}` || vendor.open?.includes(path) === true;
    const answer = known ? (vendor.paths[path] ?? vendor.unknown) : vendor.refused;
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
}
