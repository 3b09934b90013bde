import { isObject } from '../../src-shared/json.ts';
import { list, member, refusal, text, unknownCapabilities, unknownContext } from './inspection.ts';
import type { InspectedModel, Inspection, Probe, ServerAddress, UpstreamKind } from './kind.ts';
import { openai } from './openai.ts';

/**
 * Azure OpenAI, in both forms of its URLs (learn.microsoft.com: Azure OpenAI v1 API, REST reference; its streams are recorded). In the newer
 * one everything stands below `/openai/v1` and the deployment is the request's `model`; in the older, dated one the deployment stands in
 * the path and `api-version` in the query.
 */
export const azureOpenai: UpstreamKind = {
  id: 'azure-openai',
  defaultPorts: [],
  takesRoot: false,
  hosts: /\.(?:openai\.azure\.(?:com|us|cn)|services\.ai\.azure\.com|cognitiveservices\.azure\.com)$/,
  // Which of OpenAI's own tools run there differs by region and version.
  flags: { ...openai.flags, hostedTools: false },
  ...(openai.modelFlags !== undefined && { modelFlags: openai.modelFlags }),
  address,
  modelUrl,
  // Its gateway's own header, on refusals too.
  recognise: async (probe) => (await probe.get('/openai/v1/models')).headers['apim-request-id'] !== undefined,
  inspect,
  startAdvice: 'Check the network, or correct its base URL in the settings.',
  secretAdvice: "The key stands in the Azure portal under the resource's “Keys and Endpoint”.",
  closesAfterStream: false,
};

/** The dated form is what has a deployment in its path, or an `api-version` and no `/v1`. Its Responses stand elsewhere: it is spoken to in Chat. */
function address(baseUrl: string, query: Readonly<Record<string, string>>): ServerAddress {
  const url = new URL(baseUrl);
  const all = { ...Object.fromEntries(url.searchParams), ...query };
  const path = url.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  const root = { rootUrl: url.origin, query: all };
  if (/\/deployments\/[^/]+$/.test(path)) return { ...root, apiUrl: url.origin + path, protocol: 'chat' };
  const given = path === '' || path === '/openai' || path === '/openai/deployments';
  if (given && all['api-version'] !== undefined) {
    return { ...root, apiUrl: `${url.origin}/openai/deployments`, protocol: 'chat' };
  }
  return { ...root, apiUrl: url.origin + (given ? '/openai/v1' : path) };
}

function modelUrl(apiUrl: string, model: string): string {
  return apiUrl.endsWith('/openai/deployments') ? `${apiUrl}/${encodeURIComponent(model)}` : apiUrl;
}

/** The last version whose data plane tells of deployments. Resources where it is retired answer 404. */
const deploymentsPath = '/openai/deployments?api-version=2023-03-15-preview';
/** Refuses a wrong key like every other path, and loads nothing; what it lists are models, which are no deployments. */
const modelsPath = '/openai/models?api-version=2024-10-21';

async function inspect(probe: Probe): Promise<Inspection> {
  const [deployments, models] = await Promise.all([probe.get(deploymentsPath), probe.get(modelsPath)]);
  const refused = refusal(models);
  if (refused !== null) return refused;
  const data = member(deployments.json, 'data');
  const listKnown = deployments.status === 200 && Array.isArray(data);
  const described = list(data)
    .filter(isObject)
    .flatMap((entry) => deployment(entry) ?? []);
  return { state: 'up', version: null, message: null, models: listKnown ? described : [], listKnown };
}

/** A deployment's name is free: what it can do the name of its model tells. */
function deployment(entry: Record<string, unknown>): InspectedModel | null {
  const name = text(entry.id);
  if (name === null || (text(entry.status) ?? 'succeeded') !== 'succeeded') return null;
  const model = text(entry.model) ?? name;
  return {
    name,
    otherNames: [],
    loaded: null,
    contextWindow: unknownContext,
    capabilities: { ...unknownCapabilities, embeddings: model.startsWith('text-embedding') },
    flags: openai.modelFlags?.(model) ?? {},
  };
}
