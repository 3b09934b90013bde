import type { Block, Turn, WebSearchBlock } from './request.ts';

/**
 * Turns searches that a server ran inside an assistant turn into what every protocol can say. Where a tool of the name `toolName` is
 * declared, a search with a result becomes a call and its result (which splits the turn); else it becomes text where it stood.
 * @param toolName the client's name of the search tool, `null` where none is declared.
 */
export function plainSearches(turns: readonly Turn[], toolName: string | null): readonly Turn[] {
  return turns.flatMap((turn) =>
    turn.blocks.some((block) => block.kind === 'web-search') ? plainTurns(turn, toolName) : [turn],
  );
}

function plainTurns(turn: Turn, toolName: string | null): readonly Turn[] {
  const plain: Turn[] = [];
  let blocks: Block[] = [];
  for (const block of turn.blocks) {
    if (block.kind !== 'web-search') blocks.push(block);
    else if (toolName === null || turn.role !== 'assistant' || block.result === null) {
      const text = searchText(block);
      if (text !== '') blocks.push({ kind: 'text', text });
    } else {
      blocks.push({
        kind: 'tool-call',
        id: block.id,
        name: toolName,
        toolKind: 'function',
        input: JSON.stringify({ query: block.query }),
      });
      plain.push({ ...turn, blocks });
      plain.push({ role: 'user', blocks: [searchResult(block.id, block.result)] });
      blocks = [];
    }
  }
  if (blocks.length > 0) plain.push({ ...turn, blocks });
  return plain;
}

function searchResult(callId: string, result: NonNullable<WebSearchBlock['result']>): Block {
  return {
    kind: 'tool-result',
    callId,
    toolKind: 'function',
    parts: [{ kind: 'text', text: resultText(result) }],
    isError: result.kind === 'error',
    loadedTools: [],
  };
}

/** A search whose result the client does not have (Responses never tells it) is only named. */
function searchText({ query, result }: WebSearchBlock): string {
  if (result === null) return query === '' ? '' : `\n[Web search: ${query}]\n`;
  return `\n[Web search: ${query}]\n${resultText(result)}\n`;
}

function resultText(result: NonNullable<WebSearchBlock['result']>): string {
  if (result.kind === 'error') return `The search failed: ${result.code}`;
  if (result.hits.length === 0) return 'No results.';
  return result.hits
    .map((hit) => {
      const age = hit.pageAge === undefined ? '' : ` (${hit.pageAge})`;
      const text = hit.text === undefined || hit.text === '' ? '' : `\n  ${hit.text}`;
      return `- ${hit.title}: ${hit.url}${age}${text}`;
    })
    .join('\n');
}
