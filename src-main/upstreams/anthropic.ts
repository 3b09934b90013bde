import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import { isObject } from '../../src-shared/json.ts';
import { boolean, list, member, refusal, text, tokens, unknownCapabilities, unread } from './inspection.ts';
import type { InspectedModel, Inspection, Probe, ProbeAnswer, UpstreamKind } from './kind.ts';

/** So many pages of a thousand models are read at most. */
const maxPages = 5;

/** Anthropic's own API, and servers that speak it as Anthropic does. */
export const anthropic: UpstreamKind = {
  id: 'anthropic',
  defaultPorts: [],
  // As Anthropic's SDKs take it: with or without /v1.
  takesRoot: true,
  headers: { 'anthropic-version': '2023-06-01' },
  // What its protocol promises, and other makers' servers keep; the rest is Claude's.
  flags: {
    toolImages: true,
    pdf: true,
    // Thinking has blocks of its own; a tag in the text is the model's own text (recorded of Claude 3.5).
    thinkTags: 'never',
    cacheControl: true,
    topK: true,
    contentFilterIsRefusal: true,
  },
  modelFlags,
  recognise,
  inspect,
  startAdvice: 'Check the network, or correct its base URL in the settings.',
  tellsCacheReuse: true,
  closesAfterStream: false,
};

/** Claudes before 3.7 don't think, those before 4.6 think by a budget; only later ones take system messages in mid-conversation (Claude Code 2.1.329). */
function modelFlags(name: string): Partial<CompatFlags> {
  if (!name.startsWith('claude-')) return {};
  if (/^claude-(?:[12]\b|instant|3-(?:opus|sonnet|haiku|5))/.test(name))
    return { hostedTools: true, messagesThinking: 'none' };
  const early = /^claude-(?:3-7|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:-\d{8}|$|@))/.test(name);
  return early ? { hostedTools: true } : { hostedTools: true, messagesThinking: 'adaptive', midSystem: true };
}

/** The page marks of Anthropic's list, and no `object`, which all that follow OpenAI have. */
async function recognise(probe: Probe): Promise<boolean> {
  const { status, json } = await probe.get('/v1/models');
  return status === 200 && isAnthropicList(json) && member(json, 'object') === undefined;
}

function isAnthropicList(json: unknown): boolean {
  const data = member(json, 'data');
  return (
    boolean(member(json, 'has_more')) !== null &&
    Array.isArray(data) &&
    data.every((entry) => member(entry, 'type') === 'model' && text(member(entry, 'display_name')) !== null)
  );
}

async function inspect(probe: Probe): Promise<Inspection> {
  const models: InspectedModel[] = [];
  let after = '';
  for (let page = 0; page < maxPages; page += 1) {
    const answer = await probe.get(`/v1/models?limit=1000${after}`);
    const problem = page === 0 ? unreadable(answer) : null;
    if (problem !== null) return problem;
    models.push(...list(member(answer.json, 'data')).filter(isObject).flatMap(described));
    const last = text(member(answer.json, 'last_id'));
    if (member(answer.json, 'has_more') !== true || last === null) break;
    after = `&after_id=${encodeURIComponent(last)}`;
  }
  return { state: 'up', version: null, message: null, models, listKnown: true };
}

/** What to say where there is no list; servers that only speak the protocol often have none, and work all the same. */
function unreadable(answer: ProbeAnswer): Inspection | null {
  const refused = refusal(answer);
  if (refused !== null) return refused;
  if (answer.status === 200 && Array.isArray(member(answer.json, 'data'))) return null;
  if (answer.status === 404) return { state: 'up', version: null, message: null, models: [], listKnown: false };
  return unread('error', `It answers something else than a list of models (HTTP ${answer.status}).`);
}

/** As the API describes models since 2026; older answers name them only. Retired ones refuse every request. */
function described(entry: Record<string, unknown>): readonly InspectedModel[] {
  const name = text(entry.id);
  if (name === null || entry.lifecycle === 'retired') return [];
  const supports = (capability: string): boolean | null =>
    boolean(member(member(entry.capabilities, capability), 'supported'));
  const input = tokens(entry.max_input_tokens);
  const output = tokens(entry.max_tokens);
  const vision = supports('image_input');
  const pdf = supports('pdf_input');
  return [
    {
      name,
      otherNames: [],
      loaded: null,
      contextWindow: { inForce: input, maximum: input, source: input === null ? null : 'v1/models' },
      ...(output !== null && { maxOutputTokens: output }),
      capabilities: {
        ...unknownCapabilities,
        tools: true,
        parallelTools: true,
        vision,
        reasoning: supports('thinking'),
      },
      flags: { ...(vision !== null && { vision }), ...(pdf !== null && { pdf }) },
    },
  ];
}
