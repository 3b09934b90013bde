import type { JsonObject } from '../../../src-shared/json.ts';
import type { EncodeOptions, ToolIdentity, ToolNames } from '../conversation/codec.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import { effectiveTools } from '../conversation/effective-tools.ts';
import type {
  ConversationRequest,
  CustomTool,
  HostedTool,
  FunctionTool as OwnFunctionTool,
  Tool,
} from '../conversation/request.ts';
import { sanitiseJson, sanitiseText } from '../conversation/sanitise-text.ts';
import { type NamedTool, nameTools, type UpstreamNames } from '../conversation/tool-names.ts';
import type { FunctionTool } from './request-messages.ts';
import { toolParameters } from './tool-schema.ts';

export interface EncodedTools {
  readonly tools: readonly FunctionTool[];
  readonly toolNames: ToolNames;
  readonly names: UpstreamNames;
  /** The upstream's names of the gateway's own tools by the names under which the client declared them. */
  readonly ownNames: ReadonlyMap<string, string>;
  /** The client's name of a tool that searches the web, where one is declared. */
  readonly searchTool: string | null;
}

/** A tool that survives, and the way in which it does. */
type Kept =
  | { readonly tool: OwnFunctionTool | CustomTool }
  | { readonly tool: HostedTool; readonly runs: 'web-search' | 'web-fetch'; readonly as: string };

/**
 * The tools as functions, with the names to translate calls back. Custom tools become functions of one string; searches the gateway
 * runs become functions of its own and push aside a client's tool of the same name; what only another provider can run is left out.
 */
export function encodeTools(
  request: ConversationRequest,
  options: EncodeOptions,
  diagnostics: Diagnostics,
): EncodedTools {
  const kept = survivors(effectiveTools(request), options, diagnostics);
  const names = nameTools(
    kept.map((item) => namedTool(item)),
    options.flags.toolNameMax,
    options.supplies,
  );
  const toolNames = new Map<string, ToolIdentity>();
  const ownNames = new Map<string, string>();
  const tools: FunctionTool[] = [];
  for (const item of kept) {
    const upstreamName = names.nameOf(namedTool(item));
    toolNames.set(upstreamName, identityOf(item));
    if ('runs' in item) ownNames.set(item.tool.name, upstreamName);
    tools.push(encodeTool(item, upstreamName, options));
  }
  const search = kept.find((item) => ('runs' in item ? item.runs === 'web-search' : item.tool.name === 'web_search'));
  return { tools, toolNames, names, ownNames, searchTool: search === undefined ? null : namedTool(search).name };
}

function survivors(tools: readonly Tool[], options: EncodeOptions, diagnostics: Diagnostics): readonly Kept[] {
  const ownName = (tool: HostedTool) => (tool.hosted === 'other' ? undefined : options.ownTools.get(tool.hosted));
  const own = new Set(tools.flatMap((tool) => (tool.kind === 'hosted' ? [ownName(tool)] : [])));
  return tools.flatMap((tool): readonly Kept[] => {
    if (tool.kind !== 'hosted') {
      if (tool.namespace !== undefined || !own.has(tool.name)) return [{ tool }];
      diagnostics.add(
        'dropped',
        `tool ${tool.name}`,
        'The gateway runs a tool of the same name; only that one was offered.',
      );
      return [];
    }
    const as = ownName(tool);
    if (tool.hosted !== 'other' && as !== undefined) return [{ tool, runs: tool.hosted, as }];
    diagnostics.add(
      'dropped',
      `tool ${tool.wireType}`,
      'Only its own provider can run this tool; it was not offered to the model.',
    );
    return [];
  });
}

/** What a kept tool is called in the conversation; a tool of the gateway by the name under which the model is to call it. */
function namedTool(item: Kept): NamedTool {
  if ('runs' in item) return { name: item.as };
  return { name: item.tool.name, ...(item.tool.namespace !== undefined && { namespace: item.tool.namespace }) };
}

function identityOf(item: Kept): ToolIdentity {
  if ('runs' in item) return { name: item.as, toolKind: 'function', own: true };
  const { kind } = item.tool;
  return { ...namedTool(item), toolKind: kind, own: false, ...(kind === 'custom' && { wrapped: true }) };
}

function encodeTool(item: Kept, name: string, { flags }: EncodeOptions): FunctionTool {
  if ('runs' in item) return { type: 'function', function: { name, ...ownTools[item.runs] } };
  const { tool } = item;
  const description = tool.kind === 'custom' ? customDescription(tool) : tool.description;
  const parameters = tool.kind === 'custom' ? customInput : toolParameters(tool.inputSchema, flags.schemaSubset);
  const strict = flags.strictTools && tool.kind === 'function' ? tool.strict : undefined;
  return {
    type: 'function',
    function: {
      name,
      ...(description !== undefined && { description: sanitiseText(description) }),
      parameters: sanitiseJson(parameters) as JsonObject, // an object stays an object
      ...(strict !== undefined && { strict }),
    },
  };
}

const customInput: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: "The tool's whole input as plain text." } },
  required: ['input'],
  additionalProperties: false,
};

function customDescription({ description, grammar }: CustomTool): string {
  const rule =
    grammar === undefined ? [] : [`The input must match this ${grammar.syntax} grammar:\n${grammar.definition}`];
  return [...(description === undefined ? [] : [description]), ...rule].join('\n\n');
}

const ownTools: Readonly<
  Record<'web-search' | 'web-fetch', { readonly description: string; readonly parameters: JsonObject }>
> = {
  'web-search': {
    description: 'Searches the web and returns titles, addresses and excerpts of the pages found.',
    parameters: {
      type: 'object',
      properties: { query: { type: 'string', description: 'What to search for.' } },
      required: ['query'],
      additionalProperties: false,
    },
  },
  'web-fetch': {
    description: 'Fetches a web page and returns its text.',
    parameters: {
      type: 'object',
      properties: { url: { type: 'string', description: 'Address of the page.' } },
      required: ['url'],
      additionalProperties: false,
    },
  },
};
