import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { EncodeOptions, ToolIdentity, ToolNames } from '../conversation/codec.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import {
  customToolDescription,
  customToolInput,
  type OfferedTool,
  type OfferedTools,
  offeredTools,
  ownToolFunctions,
} from '../conversation/offered-tools.ts';
import type {
  Block,
  ConversationRequest,
  CustomTool,
  FunctionTool,
  HostedTool,
  Tool,
} from '../conversation/request.ts';
import { sanitiseJson, sanitiseText } from '../conversation/sanitise-text.ts';
import { identity } from '../conversation/tool-names.ts';
import { toolParameters } from '../conversation/tool-schema.ts';
import { namespacedName } from './upstream-calls.ts';

export interface EncodedTools {
  readonly offered: OfferedTools;
  readonly toolNames: ToolNames;
  /** The `tools` of the body. */
  readonly wire: readonly JsonObject[];
}

/**
 * The tools as the upstream takes them. One that takes all of Responses (`fullResponses`) gets custom and namespaced tools as what they
 * are; to any other they are functions. Tools that a provider runs are offered where it does (`hostedTools`).
 */
export function encodeTools(
  request: ConversationRequest,
  options: EncodeOptions,
  diagnostics: Diagnostics,
): EncodedTools {
  const { fullResponses: full, hostedTools } = options.flags;
  const asked = full ? { ...request, tools: request.tools.map(withoutNamespaceDescription) } : request;
  const offered = offeredTools(asked, options, diagnostics, (tool) => hostedTools && isResponsesTool(tool));
  const toolNames = full ? nativeNames(offered) : offered.toolNames;
  return {
    offered,
    toolNames,
    wire: full ? nativeTools(offered, request, options) : asFunctions(offered, options),
  };
}

/** How a tool that is offered is named in `tool_choice`. */
export function toolReference({ offered, upstreamName }: OfferedTools['tools'][number], full: boolean): JsonObject {
  if (offered.kind === 'upstream') return { type: responsesType(offered.tool) };
  if (!full || offered.kind === 'own') return { type: 'function', name: upstreamName };
  const typed = typedDeclaration(offered.tool);
  if (typed !== null) return { type: typed.type };
  const { kind, namespace, name } = offered.tool;
  return { type: kind, ...(namespace === undefined ? { name: upstreamName } : { name, namespace }) };
}

function asFunctions({ tools }: OfferedTools, options: EncodeOptions): readonly JsonObject[] {
  return tools.map(({ offered, upstreamName }) => functionOf(offered, upstreamName, options));
}

function functionOf(offered: OfferedTool, name: string, { flags }: EncodeOptions): JsonObject {
  switch (offered.kind) {
    case 'upstream':
      return hostedTool(offered.tool);
    case 'own':
      return { type: 'function', name, ...ownToolFunctions[offered.runs], strict: false };
    case 'client': {
      const { tool } = offered;
      const isCustom = tool.kind === 'custom';
      const parameters = isCustom ? customToolInput : parametersOf(tool, flags);
      return {
        type: 'function',
        name,
        ...described(isCustom ? customToolDescription(tool) : tool.description),
        parameters: sanitiseJson(parameters),
        strict: flags.strictTools && !isCustom && tool.strict === true,
      };
    }
  }
}

/** A server that takes all of Responses gets the client's schema as it is, but for what the API wants in any. */
function parametersOf({ inputSchema }: FunctionTool, { fullResponses, schemaSubset }: CompatFlags): JsonObject {
  return fullResponses ? { properties: {}, ...inputSchema, type: 'object' } : toolParameters(inputSchema, schemaSubset);
}

/** The tools that the output of a search in the history declares: they are not declared twice. */
function foundTools({ turns }: ConversationRequest): ReadonlySet<string> {
  const isSearch = (block: Block) =>
    block.kind === 'opaque'
      ? block.what === 'tool_search_output'
      : block.kind === 'tool-result' && block.extras?.responses?.type === 'tool_search_output';
  return new Set(
    turns
      .filter(({ blocks }) => blocks.some(isSearch))
      .flatMap(({ blocks }) =>
        blocks.flatMap((block) =>
          block.kind === 'tool-change' && block.change.kind === 'add' ? [identity(block.change.tool)] : [],
        ),
      ),
  );
}

/** Where namespaces are declared, they tell themselves what they are for, and not their first tool. */
function withoutNamespaceDescription(tool: Tool): Tool {
  const { namespaceDescription: _, ...rest } = tool;
  return rest;
}

function nativeTools(
  { tools }: OfferedTools,
  request: ConversationRequest,
  options: EncodeOptions,
): readonly JsonObject[] {
  const found = foundTools(request);
  const wire: JsonObject[] = [];
  const namespaces = new Map<string, JsonObject[]>();
  for (const { offered, upstreamName } of tools) {
    if (offered.kind !== 'client') {
      wire.push(functionOf(offered, upstreamName, options));
      continue;
    }
    const { tool } = offered;
    if (found.has(identity(tool))) continue;
    const { namespace } = tool;
    if (namespace === undefined) {
      wire.push(nativeTool(tool, upstreamName, options));
      continue;
    }
    const known = namespaces.get(namespace);
    const children = known ?? [];
    children.push(nativeTool(tool, tool.name, options));
    if (known !== undefined) continue;
    namespaces.set(namespace, children);
    const declared = request.tools.find((one) => one.namespace === namespace);
    const description = declared?.namespaceDescription ?? '';
    wire.push({ type: 'namespace', name: namespace, description, tools: children });
  }
  return wire;
}

function nativeTool(tool: FunctionTool | CustomTool, name: string, options: EncodeOptions): JsonObject {
  const typed = typedDeclaration(tool);
  if (typed !== null) return typed;
  const extras = tool.extras?.responses ?? {};
  const deferred = tool.deferred ? { defer_loading: true } : {};
  if (tool.kind === 'function')
    return { ...extras, ...functionOf({ kind: 'client', tool }, name, options), ...deferred };
  const format = tool.grammar === undefined ? { type: 'text' } : { type: 'grammar', ...tool.grammar };
  return { type: 'custom', name, ...described(tool.description), format, ...extras, ...deferred };
}

/** A client's tool that Responses knows by its type alone (a shell): decode-tools keeps its declaration whole. */
function typedDeclaration({ extras }: Tool): JsonObject | null {
  const declared = extras?.responses;
  return typeof declared?.type === 'string' ? declared : null;
}

/** In an answer a tool keeps its own name and namespace, and custom tools are called with plain text. */
function nativeNames({ tools, toolNames }: OfferedTools): ToolNames {
  return new Map(
    tools.flatMap(({ offered, upstreamName }): readonly (readonly [string, ToolIdentity])[] => {
      const identity = toolNames.get(upstreamName);
      if (identity === undefined) return [];
      const { wrapped: _, ...native } = identity;
      const { namespace, name } = offered.tool;
      return [[namespace === undefined ? upstreamName : namespacedName(namespace, name), native]];
    }),
  );
}

/** Whether a hosted tool is one of OpenAI's, or can be said as one. The dates in Anthropic's types have no dashes. */
function isResponsesTool(tool: HostedTool): boolean {
  return tool.hosted === 'web-search' || tool.extras?.responses !== undefined || !/_\d{8}$|toolset/.test(tool.wireType);
}

function responsesType({ hosted, wireType }: HostedTool): string {
  return hosted === 'web-search' && /_\d{8}$/.test(wireType) ? 'web_search' : wireType;
}

function hostedTool(tool: HostedTool): JsonObject {
  const type = responsesType(tool);
  const messages = tool.extras?.messages ?? {};
  const allowed = messages.allowed_domains;
  return {
    type,
    ...(type === tool.wireType && described(tool.description)),
    ...(Array.isArray(allowed) && { filters: { allowed_domains: allowed } }),
    ...(isObject(messages.user_location) && { user_location: messages.user_location }),
    ...tool.extras?.responses,
  };
}

function described(description: string | undefined): JsonObject {
  return description === undefined ? {} : { description: sanitiseText(description) };
}
