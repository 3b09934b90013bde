import type { Supplies } from './codec.ts';

/** A tool as a client knows it. */
export interface NamedTool {
  readonly name: string;
  readonly namespace?: string;
}

/** The names under which a model server knows the tools of one request. */
export interface UpstreamNames {
  /** The upstream name of a tool; for one that was never declared, the name it would have had. */
  nameOf(tool: NamedTool): string;
}

/**
 * Gives every tool a name of `[a-zA-Z0-9_-]`, at most `longest` characters, that no other tool has. A namespace becomes a prefix
 * (`ns__child`) unless the name has it already. Names that are fine already are never touched; a longer one keeps its head and gets 8 hex digits of its hash.
 */
export function nameTools(tools: readonly NamedTool[], longest: number, supplies: Supplies): UpstreamNames {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const claim = (tool: NamedTool, name: string) => {
    names.set(identity(tool), name);
    taken.add(name);
  };
  for (const tool of tools) if (isPlain(tool, longest)) claim(tool, tool.name);
  for (const tool of tools) {
    if (names.has(identity(tool))) continue;
    const wished = legalName(tool, longest, supplies);
    claim(tool, taken.has(wished) ? withHash(wished, identity(tool), longest, supplies) : wished);
  }
  return { nameOf: (tool) => names.get(identity(tool)) ?? legalName(tool, longest, supplies) };
}

/** One string for a tool's name and namespace. */
export function identity(tool: NamedTool): string {
  return tool.namespace === undefined ? tool.name : `${tool.namespace}\n${tool.name}`;
}

/** The tool that an identity stands for. */
export function toolOfIdentity(of: string): NamedTool {
  const [first = '', name] = of.split('\n', 2);
  return name === undefined ? { name: first } : { namespace: first, name };
}

/** Whether `meant`, a tool's name, its identity or its namespace, stands for the tool. */
export function isNamed(tool: NamedTool, meant: string): boolean {
  return meant === tool.name || meant === identity(tool) || meant === tool.namespace;
}

function isPlain(tool: NamedTool, longest: number): boolean {
  return tool.namespace === undefined && tool.name.length <= longest && /^[a-zA-Z0-9_-]+$/.test(tool.name);
}

function legalName(tool: NamedTool, longest: number, supplies: Supplies): string {
  const legal = qualifiedName(tool).replaceAll(/[^a-zA-Z0-9_-]/g, '_') || 'unnamed_tool';
  return legal.length <= longest ? legal : withHash(legal, identity(tool), longest, supplies);
}

/** Names that clients qualified themselves (`mcp__server__tool`) are left as they are. */
function qualifiedName({ namespace, name }: NamedTool): string {
  if (namespace === undefined || name.startsWith('mcp__')) return name;
  const prefix = namespace.endsWith('__') ? namespace : `${namespace}__`;
  return name.startsWith(prefix) ? name : prefix + name;
}

function withHash(name: string, of: string, longest: number, supplies: Supplies): string {
  return `${name.slice(0, longest - 9)}_${supplies.hash(of).slice(0, 8)}`;
}
