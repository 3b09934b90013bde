import { isObject } from '../../src-shared/json.ts';
import { member, modelList, refusal, text } from './inspection.ts';
import type { Inspection, Probe, UpstreamKind } from './kind.ts';
import { listedModel } from './listed-model.ts';

/** Any server that speaks OpenAI's Chat Completions and promises nothing else. */
export const openaiCompatible: UpstreamKind = {
  id: 'openai-compatible',
  defaultPorts: [],
  takesRoot: false,
  // A server that filters says so on behalf of a provider; the local ones have no filter.
  flags: { contentFilterIsRefusal: true },
  recognise,
  inspect,
  startAdvice: 'Start it, or correct its base URL in the settings.',
  closesAfterStream: false,
};

/** A status alone proves nothing: LM Studio answers 200 on unknown paths. The list must look like one. */
async function recognise(probe: Probe): Promise<boolean> {
  const answer = await probe.get('/v1/models');
  const data = member(answer.json, 'data');
  return answer.status === 200 && Array.isArray(data) && data.every((entry) => text(member(entry, 'id')) !== null);
}

async function inspect(probe: Probe): Promise<Inspection> {
  const { answer, data } = await modelList(probe);
  const refused = refusal(answer);
  if (refused !== null) return refused;
  const models = (data ?? []).filter(isObject).flatMap((entry) => listedModel(entry) ?? []);
  return { state: 'up', version: null, message: null, models, listKnown: data !== null };
}
