import { boolean, list, member, text, tokens, unknownCapabilities } from './inspection.ts';
import type { InspectedModel, UpstreamKind } from './kind.ts';
import { inspectVendor, listsOnly } from './listed-model.ts';

/** Mistral's API (docs.mistral.ai/api: chat, models; its streams are recorded). */
export const mistral: UpstreamKind = {
  id: 'mistral',
  defaultPorts: [],
  takesRoot: false,
  hosts: /^(?:api|codestral)\.mistral\.ai$/,
  flags: {
    toolCallIds: 'nine-alphanumeric',
    // After a tool's result the assistant speaks, never the user (error 3230).
    strictAlternation: true,
    // The last chunk has it, and unknown keys are refused with 422.
    usageInStream: false,
    contentFilterIsRefusal: true,
  },
  recognise: (probe) =>
    listsOnly(probe, (entry) => boolean(member(member(entry, 'capabilities'), 'completion_chat')) !== null),
  inspect: (probe) => inspectVendor(probe, 'Mistral', described),
  startAdvice: 'Check the network, or correct its base URL in the settings.',
  secretAdvice: 'Make a key at https://console.mistral.ai/api-keys.',
  closesAfterStream: false,
};

/** It lists each model under every name it has; those for other endpoints are left out, embeddings stay. */
function described(entry: Record<string, unknown>): InspectedModel | null {
  const name = text(entry.id);
  const can = (capability: string): boolean | null => boolean(member(entry.capabilities, capability));
  const embeddings = name !== null && /embed/.test(name);
  if (name === null || entry.archived === true || (can('completion_chat') === false && !embeddings)) return null;
  const window = tokens(entry.max_context_length);
  const vision = can('vision');
  const reasoning = can('reasoning');
  const always = name.startsWith('magistral');
  return {
    name,
    otherNames: list(entry.aliases).flatMap((alias) => (text(alias) === null || alias === name ? [] : [String(alias)])),
    loaded: null,
    contextWindow: { inForce: window, maximum: window, source: window === null ? null : 'v1/models' },
    capabilities: {
      ...unknownCapabilities,
      tools: can('function_calling'),
      vision,
      reasoning: always ? true : reasoning,
      embeddings,
    },
    flags: {
      ...(vision !== null && { vision }),
      // Thinking is full or none; Magistral always thinks and knows no effort.
      ...(reasoning === true && !always && { reasoningStyle: 'openai', reasoningEfforts: ['none', 'high'] }),
    },
  };
}
