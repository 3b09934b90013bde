import type { JsonObject } from '../../../src-shared/json.ts';
import type { EncodeOptions } from '../conversation/codec.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import {
  customToolDescription,
  customToolInput,
  type OfferedTool,
  type OfferedTools,
  offeredTools,
  ownToolFunctions,
} from '../conversation/offered-tools.ts';
import type { ConversationRequest } from '../conversation/request.ts';
import { sanitiseJson, sanitiseText } from '../conversation/sanitise-text.ts';
import { toolParameters } from '../conversation/tool-schema.ts';
import type { FunctionTool } from './request-messages.ts';

export interface EncodedTools extends Omit<OfferedTools, 'tools'> {
  readonly tools: readonly FunctionTool[];
}

/**
 * The tools as functions, with the names to translate calls back. Custom tools become functions of one string; searches the gateway
 * runs become functions of its own and push aside a client's tool of the same name; what only another provider can run is left out.
 */
export function encodeTools(
  request: ConversationRequest,
  options: EncodeOptions,
  diagnostics: Diagnostics,
): EncodedTools {
  const { tools, ...names } = offeredTools(request, options, diagnostics, () => false);
  return {
    ...names,
    tools: tools.flatMap(({ offered, upstreamName }) => encodeTool(offered, upstreamName, options)),
  };
}

function encodeTool(offered: OfferedTool, name: string, { flags }: EncodeOptions): readonly FunctionTool[] {
  if (offered.kind === 'upstream') return []; // Chat servers run none
  if (offered.kind === 'own') return [{ type: 'function', function: { name, ...ownToolFunctions[offered.runs] } }];
  const { tool } = offered;
  const description = tool.kind === 'custom' ? customToolDescription(tool) : tool.description;
  const parameters = tool.kind === 'custom' ? customToolInput : toolParameters(tool.inputSchema, flags.schemaSubset);
  const strict = flags.strictTools && tool.kind === 'function' ? tool.strict : undefined;
  return [
    {
      type: 'function',
      function: {
        name,
        ...(description !== undefined && { description: sanitiseText(description) }),
        parameters: sanitiseJson(parameters) as JsonObject, // an object stays an object
        ...(strict !== undefined && { strict }),
      },
    },
  ];
}
