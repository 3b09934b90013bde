import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import { chosenName, isAllowed } from '../conversation/offered-tools.ts';
import type { ConversationRequest } from '../conversation/request.ts';
import type { EncodedTools } from './encode-tools.ts';
import type { FunctionTool } from './request-messages.ts';

/**
 * The body keys `tools`, `tool_choice` and `parallel_tool_calls`; none where no tool survived (OpenAI and vLLM answer 400 to the last
 * two, vLLM also to an empty list), or where the system prompt tells of them. A choice of allowed tools is kept by offering only those.
 */
export function encodeToolKeys(
  request: ConversationRequest,
  encoded: EncodedTools,
  flags: CompatFlags,
  diagnostics: Diagnostics,
): JsonObject {
  if (flags.toolFormat === 'text') return {};
  const tools = toolsToOffer(request, encoded);
  if (tools.length === 0) {
    const { mode } = request.toolChoice;
    if (mode === 'required' || mode === 'tool')
      diagnostics.add('dropped', 'tool_choice', 'No tool is left that the model could be made to call.');
    return {};
  }
  return {
    tools: [...tools],
    tool_choice: encodeChoice(request, encoded, flags, diagnostics),
    ...encodeParallel(request, flags, diagnostics),
  };
}

/** The tools that the client's choice allows. */
export function toolsToOffer({ toolChoice }: ConversationRequest, encoded: EncodedTools): readonly FunctionTool[] {
  if (toolChoice.mode !== 'allowed') return encoded.tools;
  return encoded.tools.filter((tool) => isAllowed(tool.function.name, toolChoice, encoded));
}

function encodeChoice(
  { toolChoice }: ConversationRequest,
  encoded: EncodedTools,
  flags: CompatFlags,
  diagnostics: Diagnostics,
): string | JsonObject {
  switch (toolChoice.mode) {
    case 'auto':
    case 'none':
      return toolChoice.mode;
    case 'required':
      return forced(flags, diagnostics);
    case 'allowed':
      return toolChoice.required ? forced(flags, diagnostics) : 'auto';
    case 'tool': {
      const name = chosenName(toolChoice, encoded);
      if (name === null) {
        diagnostics.add(
          'dropped',
          'tool_choice',
          `The tool "${toolChoice.name}" that the model was to call is not offered.`,
        );
        return 'auto';
      }
      if (!flags.forcedToolChoice) return forced(flags, diagnostics);
      if (flags.namedToolChoice) return { type: 'function', function: { name } };
      if (encoded.tools.length > 1) {
        diagnostics.add('approximated', 'tool_choice', 'The upstream can be told to call a tool, but not which one.');
      }
      return 'required';
    }
  }
}

function forced({ forcedToolChoice }: CompatFlags, diagnostics: Diagnostics): 'required' | 'auto' {
  if (forcedToolChoice) return 'required';
  diagnostics.add(
    'approximated',
    'tool_choice',
    'The upstream can not be made to call a tool; whether it does is up to it.',
  );
  return 'auto';
}

function encodeParallel(
  { parallelToolCalls }: ConversationRequest,
  flags: CompatFlags,
  diagnostics: Diagnostics,
): JsonObject {
  const wanted = flags.parallelToolCalls ? parallelToolCalls : false;
  if (wanted === undefined) return {};
  if (flags.parallelToolCallsParameter) return { parallel_tool_calls: wanted };
  if (parallelToolCalls === false) {
    diagnostics.add(
      'dropped',
      'disable_parallel_tool_use',
      'The upstream can not be kept from calling several tools at once.',
    );
  }
  return {};
}
