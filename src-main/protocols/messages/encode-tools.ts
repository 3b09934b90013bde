import type { JsonObject } from '../../../src-shared/json.ts';
import type { EncodeOptions } from '../conversation/codec.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import {
  chosenName,
  customToolDescription,
  customToolInput,
  isAllowed,
  type OfferedTool,
  type OfferedTools,
  ownToolFunctions,
} from '../conversation/offered-tools.ts';
import type { ConversationRequest, HostedTool, ToolCallBlock } from '../conversation/request.ts';
import { sanitiseText } from '../conversation/sanitise-text.ts';
import { kept, sanitised } from './encode-content.ts';
import { toolInputSchema } from './tool-input-schema.ts';

/** Anthropic's web search without dynamic filtering, which every model that searches at all takes. */
const webSearch = { type: 'web_search_20250305', name: 'web_search' };

/** Whether a Messages server that runs tools of its own runs this one: web search, and what bears one of Anthropic's dated types. */
export function runsItself(tool: HostedTool, { flags }: EncodeOptions): boolean {
  return flags.hostedTools && (tool.hosted === 'web-search' || isAnthropics(tool));
}

function isAnthropics({ wireType }: HostedTool): boolean {
  return /_\d{8}$/.test(wireType) || wireType === 'mcp_toolset';
}

/**
 * The body keys `tools` and `tool_choice`. A history with calls needs tools, so where none is offered those that it names are declared,
 * and may not be called. A choice of allowed tools is kept by offering only those.
 * @param thinks whether the model is asked to think, with which it can't be made to call a tool
 */
export function encodeToolKeys(
  request: ConversationRequest,
  offered: OfferedTools,
  thinks: boolean,
  options: EncodeOptions,
  diagnostics: Diagnostics,
): JsonObject {
  const tools = allowed(request, offered).map(({ offered: tool, upstreamName }) =>
    encodeTool(tool, upstreamName, options),
  );
  const { mode } = request.toolChoice;
  if (tools.length === 0) {
    if (mode === 'required' || mode === 'tool')
      diagnostics.add('dropped', 'tool_choice', 'No tool is left that the model could be made to call.');
    const past = calledNames(request, offered);
    if (past.length === 0) return {};
    return { tools: past.map(pastTool), tool_choice: { type: 'none' } };
  }
  const choice = encodeChoice(request, offered, thinks, diagnostics);
  const alone = request.parallelToolCalls === false || !options.flags.parallelToolCalls;
  return {
    tools,
    ...(choice.type === 'none' || !alone
      ? choice.type !== 'auto' && { tool_choice: choice }
      : { tool_choice: { ...choice, disable_parallel_tool_use: true } }),
  };
}

function allowed({ toolChoice }: ConversationRequest, offered: OfferedTools): OfferedTools['tools'] {
  if (toolChoice.mode !== 'allowed') return offered.tools;
  return offered.tools.filter(({ upstreamName }) => isAllowed(upstreamName, toolChoice, offered));
}

function encodeChoice(
  { toolChoice }: ConversationRequest,
  offered: OfferedTools,
  thinks: boolean,
  diagnostics: Diagnostics,
): JsonObject {
  const forced = (choice: JsonObject): JsonObject => {
    if (!thinks) return choice;
    diagnostics.add('approximated', 'tool_choice', 'A model that thinks can not be made to call a tool; it may.');
    return { type: 'auto' };
  };
  switch (toolChoice.mode) {
    case 'auto':
    case 'none':
      return { type: toolChoice.mode };
    case 'required':
      return forced({ type: 'any' });
    case 'allowed':
      return toolChoice.required ? forced({ type: 'any' }) : { type: 'auto' };
    case 'tool': {
      const name =
        chosenName(toolChoice, offered) ??
        offered.tools.find(({ upstreamName }) => upstreamName === toolChoice.name)?.upstreamName;
      if (name !== undefined) return forced({ type: 'tool', name });
      diagnostics.add(
        'dropped',
        'tool_choice',
        `The tool "${toolChoice.name}" that the model was to call is not offered.`,
      );
      return { type: 'auto' };
    }
  }
}

function encodeTool(offered: OfferedTool, name: string, { flags }: EncodeOptions): JsonObject {
  switch (offered.kind) {
    case 'own': {
      const { description, parameters } = ownToolFunctions[offered.runs];
      return { name, description, input_schema: parameters };
    }
    case 'upstream': {
      const { tool } = offered;
      return isAnthropics(tool) ? { type: tool.wireType, name, ...kept(tool.extras, flags) } : { ...webSearch };
    }
    case 'client': {
      const { tool } = offered;
      const extras = kept(tool.extras, flags);
      if (tool.kind === 'custom')
        return {
          name,
          description: sanitiseText(customToolDescription(tool)),
          input_schema: customToolInput,
          ...extras,
        };
      // Tools that Anthropic defines by their type alone came with the whole definition in the extras.
      if (typeof extras.type === 'string') return { ...extras, name };
      const { description, inputSchema, strict } = tool;
      return {
        name,
        ...(description !== undefined && description !== '' && { description: sanitiseText(description) }),
        input_schema: sanitised(toolInputSchema(inputSchema)),
        ...(flags.strictTools && strict === true && { strict }),
        ...extras,
      };
    }
  }
}

/** The upstream's names of the tools that the history's calls name. */
function calledNames({ turns }: ConversationRequest, { names }: OfferedTools): readonly string[] {
  const calls = turns.flatMap(({ role, blocks }) =>
    role === 'assistant' ? blocks.filter((block): block is ToolCallBlock => block.kind === 'tool-call') : [],
  );
  return [
    ...new Set(
      calls.map(({ name, namespace }) => names.nameOf({ name, ...(namespace !== undefined && { namespace }) })),
    ),
  ];
}

function pastTool(name: string): JsonObject {
  return {
    name,
    description: 'A tool of earlier turns; it can not be called any more.',
    input_schema: { type: 'object', properties: {} },
  };
}
