import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import type { Block, WebSearchBlock } from '../conversation/request.ts';
import { decodePart, opaque } from './decode-content.ts';
import { type Field, objectAt, optionalText } from './request-wire.ts';

/**
 * An item about a tool that OpenAI runs, or of a type that is not known: a search as a search, what can be told in words as text with
 * a diagnostic, anything else opaque. The item itself goes along, in `extras.responses` or as the opaque block.
 */
export function decodeHostedItem(field: Field, type: string, diagnostics: Diagnostics): Block {
  const { value } = field;
  if (type === 'web_search_call') return searchBlock(field);
  const extras = { extras: { responses: value } };
  if (type === 'computer_call_output') {
    const part = decodePart(objectAt(value.output, `${field.path}.output`));
    return part.kind === 'image' ? { ...part, ...extras } : part;
  }
  const text = inWords(value, type);
  if (text === null) return opaque(value, type);
  diagnostics.add(
    'approximated',
    type,
    'The tool is one that only its own provider runs; what it did is told as text.',
  );
  return { kind: 'text', text: `\n[${text}]\n`, ...extras };
}

function searchBlock(field: Field): WebSearchBlock {
  const action = isObject(field.value.action) ? field.value.action : {};
  const queries = [action.query, ...listOf(action.queries), action.pattern, action.url].filter(
    (query) => typeof query === 'string',
  );
  const hits = listOf(action.sources).flatMap((source) => {
    if (!isObject(source) || typeof source.url !== 'string') return [];
    return [{ title: typeof source.title === 'string' ? source.title : source.url, url: source.url }];
  });
  return {
    kind: 'web-search',
    id: optionalText(field, 'id') ?? '',
    query: queries[0] ?? '',
    result: hits.length === 0 ? null : { kind: 'hits', hits },
    extras: { responses: field.value },
  };
}

/** What a call of a hosted tool did, as far as its item says so; `null` where it says nothing a model could read. */
function inWords(item: JsonObject, type: string): string | null {
  switch (type) {
    case 'mcp_call':
      return lines(
        `Called the tool ${string(item.name)} of ${string(item.server_label)}: ${string(item.arguments)}`,
        item.output ?? item.error,
      );
    case 'code_interpreter_call':
      return lines(
        `Ran code:\n${string(item.code)}`,
        ...listOf(item.outputs).map((output) => (isObject(output) ? output.logs : null)),
      );
    case 'file_search_call':
      return lines(
        `Searched files for: ${listOf(item.queries).map(string).join('; ')}`,
        ...listOf(item.results).map((result) =>
          isObject(result) ? lines(string(result.filename), result.text) : null,
        ),
      );
    case 'computer_call':
      return `Used the computer: ${string(item.actions ?? item.action)}`;
    case 'program':
      return `Ran a program:\n${string(item.code)}`;
    case 'program_output':
      return `The program gave: ${string(item.result)}`;
    default:
      return null;
  }
}

function lines(head: string, ...rest: readonly unknown[]): string {
  return [head, ...rest.map(string)].filter((line) => line !== '').join('\n');
}

function string(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
