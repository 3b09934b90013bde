import type { Diagnostics } from './diagnostics.ts';
import type { Block, ToolCallBlock, ToolResultBlock, Turn } from './request.ts';

/** What stands in a history for the result of a call that never got one. */
export const missingResultText = 'No result provided.';

/**
 * Pairs calls and results, as strict servers and chat templates want it: behind every assistant turn with calls comes a user turn
 * whose first blocks are exactly one result for each call, in call order (clients send them in order of completion; templates without
 * ids pair by order). Missing results are made up, results without a call are left out, of two for one call the last one counts.
 * System turns that stood between calls and results move behind the results. Ids are left alone: calls of one id are told apart by
 * their place, so pair by position in the outcome. Turns that are left empty go.
 */
export function repairHistory(turns: readonly Turn[], diagnostics: Diagnostics): readonly Turn[] {
  const results = matchResults(turns, diagnostics);
  const repaired: Turn[] = [];
  for (let at = 0; at < turns.length; at++) {
    const turn = turns[at];
    if (turn === undefined) continue;
    const own = turn.blocks.filter((block) => staysInPlace(block, turn, diagnostics));
    const calls = turn.role === 'assistant' ? turn.blocks.filter((block) => block.kind === 'tool-call') : [];
    if (own.length > 0) repaired.push({ ...turn, blocks: own });
    if (calls.length === 0) continue;
    const answers = calls.map((call) => results.get(call) ?? missingResult(call, diagnostics));
    const systemTurns: Turn[] = [];
    let next = at + 1;
    while (turns[next]?.role === 'system') {
      const system = turns[next];
      if (system !== undefined) systemTurns.push(system);
      next++;
    }
    const following = turns[next];
    if (following?.role !== 'user') {
      repaired.push({ role: 'user', blocks: answers });
      continue;
    }
    const rest = following.blocks.filter((block) => staysInPlace(block, following, diagnostics));
    repaired.push({ ...following, blocks: [...answers, ...rest] }, ...systemTurns);
    at = next;
  }
  return repaired;
}

function staysInPlace(block: Block, turn: Turn, diagnostics: Diagnostics): boolean {
  if (block.kind === 'tool-result') return false;
  if (block.kind !== 'tool-call' || turn.role === 'assistant') return true;
  diagnostics.add(
    'repaired',
    block.id,
    `A tool call stood in a ${turn.role} turn; only assistants call tools, so it was left out.`,
  );
  return false;
}

function missingResult(call: ToolCallBlock, diagnostics: Diagnostics): ToolResultBlock {
  diagnostics.add('repaired', call.id, 'The tool call had no result; one was made up that says so.');
  const parts = [{ kind: 'text', text: missingResultText }] as const;
  return { kind: 'tool-result', callId: call.id, toolKind: call.toolKind, parts, isError: false, loadedTools: [] };
}

interface OpenCall {
  readonly call: ToolCallBlock;
  readonly turn: number;
  /** Index of the turn that answered it, where one did. */
  answeredIn: number | null;
}

/** Which result belongs to which call. Calls may share an id; a result then belongs to the newest turn that called it. */
function matchResults(turns: readonly Turn[], diagnostics: Diagnostics): ReadonlyMap<ToolCallBlock, ToolResultBlock> {
  const calls = new Map<string, OpenCall[]>();
  const matched = new Map<ToolCallBlock, ToolResultBlock>();
  for (const [at, turn] of turns.entries()) {
    for (const block of turn.blocks) {
      if (block.kind === 'tool-call' && turn.role === 'assistant') {
        const known = calls.get(block.id) ?? [];
        known.push({ call: block, turn: at, answeredIn: null });
        calls.set(block.id, known);
      } else if (block.kind === 'tool-result') {
        const open = openCall(calls.get(block.callId) ?? [], at);
        if (open === undefined) {
          diagnostics.add(
            'repaired',
            block.callId,
            'A tool result belonged to no tool call before it and was left out.',
          );
          continue;
        }
        if (open.answeredIn !== null)
          diagnostics.add('repaired', block.callId, 'A tool call had two results in one turn; the last one counts.');
        open.answeredIn = at;
        matched.set(open.call, block);
      }
    }
  }
  return matched;
}

function openCall(calls: readonly OpenCall[], at: number): OpenCall | undefined {
  const newest = calls.at(-1)?.turn;
  const candidates = calls.filter((open) => open.turn === newest);
  const open = candidates.find(({ answeredIn }) => answeredIn === null);
  return open ?? candidates.findLast(({ answeredIn }) => answeredIn === at);
}
