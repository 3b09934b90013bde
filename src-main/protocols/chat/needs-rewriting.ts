import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import { isObject } from '../../../src-shared/json.ts';

type RawMessage = Readonly<Record<string, unknown>>;

/**
 * Whether a Chat client's request holds anything that the model's flags bend, or its answer may. What holds nothing of it goes to the server
 * as it is.
 */
export function needsRewriting(body: Readonly<Record<string, unknown>>, flags: CompatFlags): boolean {
  const messages = Array.isArray(body.messages) ? body.messages.filter(isObject) : [];
  const hasTools = (Array.isArray(body.tools) && body.tools.length > 0) || Array.isArray(body.functions);
  const hasCalls = messages.some((message) => message.role === 'tool' || callsIn(message) > 0);
  return (
    (flags.leakedToolCalls && hasTools) ||
    (flags.toolFormat === 'text' && hasTools) ||
    (flags.toolFormat !== 'native' && hasCalls) ||
    (flags.toolCallIds !== 'any' && hasCalls) ||
    (!flags.parallelToolCalls && messages.some((message) => callsIn(message) > 1)) ||
    (flags.textWithToolCalls !== 'together' && messages.some(({ content, ...said }) => callsIn(said) > 0 && content)) ||
    (!flags.systemMessages && messages.some(isInstruction)) ||
    (flags.strictAlternation && !isAlternating(messages))
  );
}

function callsIn({ tool_calls: calls }: RawMessage): number {
  return Array.isArray(calls) ? calls.length : 0;
}

function isInstruction({ role }: RawMessage): boolean {
  return role === 'system' || role === 'developer';
}

/** Behind one system prompt a user first, then assistant and user in turn, an assistant's calls with their results counting as its turn. */
function isAlternating(messages: readonly RawMessage[]): boolean {
  const [first] = messages;
  const spoken = first !== undefined && isInstruction(first) ? messages.slice(1) : messages;
  return spoken.every(({ role }, at) => {
    const before = spoken[at - 1]?.role;
    if (role === 'user') return before === undefined || before === 'assistant';
    if (role === 'assistant') return before === 'user' || before === 'tool';
    return role === 'tool' && (before === 'assistant' || before === 'tool');
  });
}
