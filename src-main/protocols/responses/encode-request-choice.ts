import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import type { OfferedTools } from '../conversation/offered-tools.ts';
import type { ConversationRequest } from '../conversation/request.ts';
import { isNamed } from '../conversation/tool-names.ts';
import { type EncodedTools, toolReference } from './encode-request-tools.ts';

type Offer = OfferedTools['tools'][number];

/**
 * The body keys `tools`, `tool_choice` and `parallel_tool_calls`; none where no tool survived. A choice of allowed tools is kept by
 * offering only those where the upstream does not know such a choice.
 */
export function encodeToolKeys(
  request: ConversationRequest,
  tools: EncodedTools,
  flags: CompatFlags,
  diagnostics: Diagnostics,
): JsonObject {
  const { toolChoice } = request;
  const full = flags.fullResponses;
  const filters = toolChoice.mode === 'allowed' && !full;
  const wire = filters
    ? tools.wire.filter((_, at) => isAllowed(tools.offered.tools[at], toolChoice.names))
    : tools.wire;
  if (wire.length === 0) {
    if (toolChoice.mode === 'required' || toolChoice.mode === 'tool')
      diagnostics.add('dropped', 'tool_choice', 'No tool is left that the model could be made to call.');
    return {};
  }
  return {
    tools: [...wire],
    tool_choice: encodeChoice(request, tools.offered, full, diagnostics),
    ...encodeParallel(request, flags),
  };
}

function encodeChoice(
  { toolChoice }: ConversationRequest,
  { tools }: OfferedTools,
  full: boolean,
  diagnostics: Diagnostics,
): string | JsonObject {
  switch (toolChoice.mode) {
    case 'auto':
    case 'required':
    case 'none':
      return toolChoice.mode;
    case 'allowed': {
      const mode = toolChoice.required ? 'required' : 'auto';
      if (!full) return mode;
      const allowed = tools.filter((offer) => isAllowed(offer, toolChoice.names));
      return { type: 'allowed_tools', mode, tools: allowed.map((offer) => toolReference(offer, full)) };
    }
    case 'tool': {
      const { name, namespace } = toolChoice;
      const chosen = tools.find(
        ({ offered: { tool } }) => tool.name === name && (namespace === undefined || tool.namespace === namespace),
      );
      if (chosen !== undefined) return toolReference(chosen, full);
      diagnostics.add('dropped', 'tool_choice', `The tool "${name}" that the model was to call is not offered.`);
      return 'auto';
    }
  }
}

function isAllowed(offer: Offer | undefined, names: readonly string[]): boolean {
  return offer !== undefined && names.some((name) => isNamed(offer.offered.tool, name));
}

function encodeParallel({ parallelToolCalls }: ConversationRequest, flags: CompatFlags): JsonObject {
  const wanted = flags.parallelToolCalls ? parallelToolCalls : false;
  return wanted === undefined || !flags.parallelToolCallsParameter ? {} : { parallel_tool_calls: wanted };
}
