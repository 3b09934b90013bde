import type { Block, TextBlock, ToolResultBlock, Turn } from './request.ts';

export interface Folded {
  /** Instructions of system turns that preceded every user and assistant turn. */
  readonly system: readonly TextBlock[];
  readonly turns: readonly Turn[];
}

/**
 * Takes system turns out of the middle of a repaired history, for servers whose chat template refuses or loses them, without touching
 * the head of the prompt (its cache would be lost) and without a new user turn behind tool results (templates keep reasoning only
 * after the last user turn). Their text, wrapped as `<system-reminder>`, goes
 * - into the user turn before it: to the user's own words, else to the last tool result;
 * - behind an assistant turn: to the front of the user turn that follows, else into a user turn of its own.
 * Leading ones belong to the system prompt, whatever `keepInPlace` (the server takes system messages anywhere) says.
 * Source: vLLM's inline_system.py, restated in reference protocol.md §3.2.
 */
export function foldSystemTurns(turns: readonly Turn[], keepInPlace: boolean): Folded {
  const firstSpoken = turns.findIndex((turn) => turn.role !== 'system');
  const leading = firstSpoken < 0 ? turns : turns.slice(0, firstSpoken);
  const system = leading.flatMap((turn) => texts(turn));
  const spoken = firstSpoken < 0 ? [] : turns.slice(firstSpoken);
  if (keepInPlace) return { system, turns: spoken };

  const folded: Turn[] = [];
  let held: TextBlock[] = [];
  const flush = () => {
    if (held.length > 0) folded.push({ role: 'user', blocks: held });
    held = [];
  };
  for (const turn of spoken) {
    if (turn.role === 'system') {
      const reminder = remind(turn);
      if (reminder === null) continue;
      const previous = folded.at(-1);
      if (held.length === 0 && previous?.role === 'user')
        folded[folded.length - 1] = { ...previous, blocks: append(previous.blocks, reminder) };
      else held.push(reminder);
    } else if (turn.role === 'user' && held.length > 0) {
      folded.push({ ...turn, blocks: [...held, ...turn.blocks] });
      held = [];
    } else {
      flush();
      folded.push(turn);
    }
  }
  flush();
  return { system, turns: folded };
}

function texts(turn: Turn): readonly TextBlock[] {
  return turn.blocks.flatMap((block) => (block.kind === 'text' && block.text !== '' ? [block] : []));
}

function remind(turn: Turn): TextBlock | null {
  const text = texts(turn)
    .map((block) => block.text)
    .join('\n\n');
  if (text === '') return null;
  return {
    kind: 'text',
    text: text.startsWith('<system-reminder>') ? text : `<system-reminder>\n${text}\n</system-reminder>`,
  };
}

function append(blocks: readonly Block[], reminder: TextBlock): readonly Block[] {
  const last = blocks.findLastIndex((block) => block.kind === 'tool-result');
  const result = blocks[last];
  if (result?.kind !== 'tool-result' || blocks.some((block, at) => at > last && speaks(block)))
    return [...blocks, reminder];
  const extended: ToolResultBlock = { ...result, parts: [...result.parts, reminder] };
  return blocks.with(last, extended);
}

/** Whether a block makes a user message necessary. */
function speaks(block: Block): boolean {
  return block.kind !== 'tool-result' && block.kind !== 'tool-change' && !(block.kind === 'text' && block.text === '');
}
