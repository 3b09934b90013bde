import type { JsonObject } from '../../../src-shared/json.ts';
import type { EncodeOptions, ToolIdentity, ToolNames } from './codec.ts';
import type { Diagnostics } from './diagnostics.ts';
import { effectiveTools } from './effective-tools.ts';
import type { ConversationRequest, CustomTool, FunctionTool, HostedTool, ToolChoice } from './request.ts';
import { isNamed, type NamedTool, nameTools, type UpstreamNames } from './tool-names.ts';

/**
 * A tool that the model is offered, and the way in which: the client's own, one that the gateway runs (`as`: the name under which the
 * model is to call it), or one that the upstream runs itself.
 */
export type OfferedTool =
  | { readonly kind: 'client'; readonly tool: FunctionTool | CustomTool }
  | {
      readonly kind: 'own';
      readonly tool: HostedTool;
      readonly runs: 'web-search' | 'web-fetch';
      readonly as: string;
    }
  | { readonly kind: 'upstream'; readonly tool: HostedTool };

export interface OfferedTools {
  readonly tools: readonly { readonly offered: OfferedTool; readonly upstreamName: string }[];
  /** Which tool of the client a name in the answer stands for. */
  readonly toolNames: ToolNames;
  readonly names: UpstreamNames;
  /** The upstream's names of the gateway's own tools by the names under which the client declared them. */
  readonly ownNames: ReadonlyMap<string, string>;
  /** The client's name of a tool that searches the web and whose calls the model writes, where one is declared. */
  readonly searchTool: string | null;
}

/**
 * The tools to offer, for an upstream that takes custom tools as functions of one string. What the gateway runs pushes aside a client's
 * tool of the same name; what only another provider can run is left out. The first tool of a namespace tells what that is for.
 * @param runs whether the upstream runs a hosted tool itself
 */
export function offeredTools(
  request: ConversationRequest,
  options: EncodeOptions,
  diagnostics: Diagnostics,
  runs: (tool: HostedTool) => boolean,
): OfferedTools {
  const kept = survivors(request, options, diagnostics, runs);
  const names = nameTools(kept.map(namedTool), options.flags.toolNameMax, options.supplies);
  const toolNames = new Map<string, ToolIdentity>();
  const ownNames = new Map<string, string>();
  const tools = tellingNamespaces(kept).map((offered) => {
    const upstreamName = offered.kind === 'upstream' ? offered.tool.name : names.nameOf(namedTool(offered));
    if (offered.kind !== 'upstream') toolNames.set(upstreamName, identityOf(offered));
    if (offered.kind === 'own') ownNames.set(offered.tool.name, upstreamName);
    return { offered, upstreamName };
  });
  const search = kept.find(
    (item) =>
      (item.kind === 'own' && item.runs === 'web-search') ||
      (item.kind === 'client' && item.tool.name === 'web_search'),
  );
  return { tools, toolNames, names, ownNames, searchTool: search === undefined ? null : namedTool(search).name };
}

/** The upstream's name of the tool that a choice names; null where it is not offered. */
export function chosenName(
  wanted: ToolChoice & { readonly mode: 'tool' },
  { toolNames, ownNames }: Pick<OfferedTools, 'toolNames' | 'ownNames'>,
): string | null {
  for (const [name, client] of toolNames) {
    if (client.name === wanted.name && (wanted.namespace === undefined || client.namespace === wanted.namespace))
      return name;
  }
  return ownNames.get(wanted.name) ?? null;
}

/** Whether an offered tool is among those that a choice of allowed tools names. */
export function isAllowed(
  upstreamName: string,
  { names }: ToolChoice & { readonly mode: 'allowed' },
  { toolNames, ownNames }: Pick<OfferedTools, 'toolNames' | 'ownNames'>,
): boolean {
  const client = toolNames.get(upstreamName) ?? { name: upstreamName };
  return names.some((name) => ownNames.get(name) === upstreamName || isNamed(client, name));
}

/** The parameters of a custom tool as a function's: its free text in one string, `input`. */
export const customToolInput: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: "The tool's whole input as plain text." } },
  required: ['input'],
  additionalProperties: false,
};

/** The description of a custom tool as a function's, with the grammar in words. */
export function customToolDescription({ description, grammar }: CustomTool): string {
  const rule =
    grammar === undefined ? [] : [`The input must match this ${grammar.syntax} grammar:\n${grammar.definition}`];
  return [...(description === undefined ? [] : [description]), ...rule].join('\n\n');
}

/** What a model is told of the tools that the gateway runs. */
export const ownToolFunctions: Readonly<
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

function survivors(
  request: ConversationRequest,
  options: EncodeOptions,
  diagnostics: Diagnostics,
  runs: (tool: HostedTool) => boolean,
): readonly OfferedTool[] {
  const tools = effectiveTools(request);
  const ownName = (tool: HostedTool) => (tool.hosted === 'other' ? undefined : options.ownTools.get(tool.hosted));
  const hosted = new Set(
    tools.flatMap((tool) => (tool.kind === 'hosted' ? [ownName(tool) ?? (runs(tool) ? tool.name : undefined)] : [])),
  );
  return tools.flatMap((tool): readonly OfferedTool[] => {
    if (tool.kind !== 'hosted') {
      if (tool.namespace !== undefined || !hosted.has(tool.name)) return [{ kind: 'client', tool }];
      diagnostics.add(
        'dropped',
        `tool ${tool.name}`,
        'The gateway runs a tool of the same name; only that one was offered.',
      );
      return [];
    }
    const as = ownName(tool);
    if (tool.hosted !== 'other' && as !== undefined) return [{ kind: 'own', tool, runs: tool.hosted, as }];
    if (runs(tool)) return [{ kind: 'upstream', tool }];
    diagnostics.add(
      'dropped',
      `tool ${tool.wireType}`,
      'Only its own provider can run this tool; it was not offered to the model.',
    );
    return [];
  });
}

/** What a namespace is for is told with the first of its tools: upstreams get them one by one. */
function tellingNamespaces(kept: readonly OfferedTool[]): readonly OfferedTool[] {
  const told = new Set<string>();
  return kept.map((offered) => {
    if (offered.kind !== 'client') return offered;
    const { namespace, namespaceDescription, description = '' } = offered.tool;
    if (namespace === undefined || namespaceDescription === undefined || told.has(namespace)) return offered;
    told.add(namespace);
    const both = `${namespaceDescription}${description === '' ? '' : `\n\n${description}`}`;
    return { kind: 'client', tool: { ...offered.tool, description: both } };
  });
}

/** What an offered tool is called in the conversation; a tool of the gateway by the name under which the model is to call it. */
function namedTool(offered: OfferedTool): NamedTool {
  if (offered.kind === 'own') return { name: offered.as };
  const { name, namespace } = offered.tool;
  return { name, ...(namespace !== undefined && { namespace }) };
}

function identityOf(offered: Exclude<OfferedTool, { kind: 'upstream' }>): ToolIdentity {
  if (offered.kind === 'own') return { name: offered.as, toolKind: 'function', own: true };
  const { tool } = offered;
  const how = tool.kind === 'custom' ? ({ wrapped: true } as const) : { inputSchema: tool.inputSchema };
  return { ...namedTool(offered), toolKind: tool.kind, own: false, ...how };
}
