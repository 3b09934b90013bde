import type { Supplies } from '../protocols/conversation/codec.ts';
import { noUsage } from '../protocols/conversation/codec.ts';
import type { AnswerBlock, StreamEvent } from '../protocols/conversation/events.ts';
import type { ConversationRequest } from '../protocols/conversation/request.ts';

/**
 * Answers that need no model: to a request for no tokens at all, and to a web search sub-request (one hosted search tool and nothing
 * else, as Claude Code's WebSearch sends it) while no search provider is set.
 *
 * @param canSearch whether the gateway runs web searches
 * @param estimate the prompt, estimated, tokens
 * @returns null for a request that is the model's to answer
 */
export function answerHere(
  request: ConversationRequest,
  canSearch: boolean,
  estimate: () => number,
  supplies: Supplies,
): readonly StreamEvent[] | null {
  const wantsNothing = request.maxOutputTokens === 0;
  if (!wantsNothing && (canSearch || !isSearchRequest(request))) return null;
  const usage = { ...noUsage, inputTokens: estimate(), estimated: true };
  const start: StreamEvent = { kind: 'start', id: supplies.newId('msg_'), model: request.model, usage };
  if (wantsNothing) return [start, { kind: 'finish', reason: 'length', usage }];
  const search: AnswerBlock = {
    kind: 'web-search',
    id: supplies.newId('srvtoolu_'),
    query: queryOf(request),
    result: { kind: 'error', code: 'unavailable' },
  };
  const text =
    'Web search is not available: this Dragoman has no search provider. Go on without it, or fetch a known address.';
  return [
    start,
    { kind: 'block-start', index: 0, block: search },
    { kind: 'block-stop', index: 0, block: search },
    { kind: 'block-start', index: 1, block: { kind: 'text' } },
    { kind: 'delta', index: 1, text },
    { kind: 'block-stop', index: 1, block: { kind: 'text', text } },
    { kind: 'finish', reason: 'stop', usage: { ...usage, outputTokens: Math.ceil(text.length / 4) } },
  ];
}

function isSearchRequest(request: ConversationRequest): boolean {
  const [tool, ...others] = request.tools;
  return others.length === 0 && tool?.kind === 'hosted' && tool.hosted === 'web-search';
}

/** What Claude Code wants searched, without its preamble. */
function queryOf(request: ConversationRequest): string {
  const turn = request.turns.findLast(({ role }) => role === 'user');
  const text = (turn?.blocks ?? []).flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('\n');
  return text
    .replace(/^\s*Perform a web search for the query:\s*/i, '')
    .trim()
    .slice(0, 1000);
}
