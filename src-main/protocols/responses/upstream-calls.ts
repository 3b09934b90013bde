import { isObject } from '../../../src-shared/json.ts';
import type { Part } from '../conversation/events.ts';
import type { WebSearchBlock, WebSearchHit } from '../conversation/request.ts';

/**
 * An output item that is no message, reasoning, function or custom call, once it is done: a search that the server ran, a call of a
 * tool that the client runs under a type of its own (named as decode-request names such calls), or something no client has a block for.
 *
 * @param index stands for the call in its answer
 */
export function readServerCall(item: Readonly<Record<string, unknown>>, index: number): readonly Part[] {
  if (ranAtServer(item)) return leftOut(item);
  switch (item.type) {
    case 'web_search_call':
      return [{ kind: 'web-search', block: readSearch(item) }];
    case 'tool_search_call':
      return call(item, index, 'tool_search', item.arguments);
    case 'local_shell_call':
      return call(item, index, 'local_shell', withoutType(item.action));
    case 'shell_call':
      return call(item, index, 'shell', item.action);
    case 'apply_patch_call':
      return call(item, index, 'apply_patch', item.operation);
    default:
      return leftOut(item);
  }
}

/** A search for tools, or a shell in a container, that the server has run itself (recorded): the client must not run it again. */
function ranAtServer({ type, execution, environment }: Readonly<Record<string, unknown>>): boolean {
  if (type === 'tool_search_call') return execution === 'server';
  return type === 'shell_call' && isObject(environment) && String(environment.type).startsWith('container');
}

function leftOut(item: Readonly<Record<string, unknown>>): readonly Part[] {
  const what = String(item.type).slice(0, 60);
  return [{ kind: 'diagnostic', what, why: 'The client has no block for it; it was left out.' }];
}

/** The name under which a call of a namespaced tool is handed on: no other tool's can be the same, because names hold no dots. */
export function namespacedName(namespace: string, name: string): string {
  return `${namespace}.${name}`;
}

function withoutType(action: unknown): unknown {
  if (!isObject(action)) return action;
  const { type: _, ...rest } = action;
  return rest;
}

function call(item: Readonly<Record<string, unknown>>, index: number, name: string, input: unknown): readonly Part[] {
  const id = [item.call_id, item.id].find((value) => typeof value === 'string' && value !== '');
  const text = typeof input === 'string' ? input : JSON.stringify(input ?? {});
  return [
    { kind: 'tool-call', index, name, arguments: text, ...(typeof id === 'string' && { id }) },
    { kind: 'block-end' },
  ];
}

/** A search, or a page that was opened in the course of one: then its address is the query. */
function readSearch(item: Readonly<Record<string, unknown>>): WebSearchBlock {
  const action = isObject(item.action) ? item.action : {};
  const queries = Array.isArray(action.queries) ? action.queries.filter((query) => typeof query === 'string') : [];
  const query = [action.query, queries.join('; '), action.pattern, action.url].find(
    (value): value is string => typeof value === 'string' && value !== '',
  );
  const sources = Array.isArray(action.sources) ? action.sources.flatMap(readSource) : [];
  return {
    kind: 'web-search',
    id: typeof item.id === 'string' ? item.id : '',
    query: query ?? '',
    result: item.status === 'failed' ? { kind: 'error', code: 'unavailable' } : { kind: 'hits', hits: sources },
    extras: { responses: JSON.parse(JSON.stringify(item)) },
  };
}

function readSource(source: unknown): readonly WebSearchHit[] {
  if (!isObject(source) || typeof source.url !== 'string') return [];
  return [{ title: typeof source.title === 'string' ? source.title : source.url, url: source.url }];
}
