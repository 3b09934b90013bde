import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../src-shared/json.ts';

/** What a server makes of a Chat request with its model's template: the prompt, or why it refuses. Null where it can't be asked. */
export type Rendered =
  | { readonly kind: 'prompt'; readonly text: string }
  | { readonly kind: 'refused'; readonly message: string };
export type RenderPrompt = (request: JsonObject) => Promise<Rendered | null>;

/** Nine letters, which all templates take. */
const ids = ['dragoman1', 'dragoman2'] as const;
const words = {
  system: 'OSTRICH',
  user: 'SPARROW',
  tool: 'tell_plover',
  said: 'BITTERN',
  asked: ['AVOCET', 'CURLEW'],
  results: ['DUNLIN', 'GODWIT'],
} as const;

const system: JsonObject = { role: 'system', content: `You are ${words.system}.` };
const user: JsonObject = { role: 'user', content: `Hello, ${words.user}.` };
const tools: JsonObject[] = [
  {
    type: 'function',
    function: {
      name: words.tool,
      description: 'Tells.',
      parameters: { type: 'object', properties: { what: { type: 'string' } }, required: ['what'] },
    },
  },
];

function call(at: 0 | 1, id: string = ids[at]): JsonObject {
  return {
    id,
    type: 'function',
    function: { name: words.tool, arguments: JSON.stringify({ what: words.asked[at] }) },
  };
}

function calling(calls: JsonObject[], content: string | null = null): JsonObject {
  return { role: 'assistant', content, tool_calls: calls };
}

function result(at: 0 | 1, id: string = ids[at]): JsonObject {
  return { role: 'tool', tool_call_id: id, content: `It is ${words.results[at]}.` };
}

/**
 * What of a conversation a chat template refuses or loses, as flags; found out by having it applied to small ones whose every part holds a
 * word of its own. Null where the server can't be asked.
 */
export async function tryTemplate(render: RenderPrompt): Promise<Partial<CompatFlags> | null> {
  const ask = (messages: JsonObject[], offered: JsonObject[] = tools) =>
    render({ messages, ...(offered.length > 0 && { tools: offered }) });
  const twoUsers = await ask([user, user], []);
  if (twoUsers === null) return null;
  const flags: { -readonly [Name in keyof CompatFlags]?: CompatFlags[Name] } = {};
  if (twoUsers.kind === 'refused') flags.strictAlternation = true;

  const round = await ask([system, user, calling([call(0)]), result(0)]);
  if (round === null) return null;
  // Not the template: the server was started without it (llama-server --no-jinja), which its user has to be told.
  if (round.kind === 'refused' && /--jinja/.test(round.message)) return flags;
  if (round.kind === 'refused') return { ...flags, ...(await withoutTools(ask)), toolFormat: 'text' };
  if (!round.text.includes(words.system)) flags.systemMessages = false;
  if (!round.text.includes(words.tool) || !shows(round, 'Tells.')) return { ...flags, toolFormat: 'text' };
  if (!shows(round, words.asked[0], words.results[0])) return { ...flags, toolFormat: 'text-history' };

  const longId = 'call_0123456789abcdef';
  const plainIds = await ask([user, calling([call(0, longId)]), result(0, longId)]);
  if (plainIds?.kind === 'refused') flags.toolCallIds = 'nine-alphanumeric';
  const twoCalls = await ask([user, calling([call(0), call(1)]), result(0), result(1)]);
  if (twoCalls !== null && !shows(twoCalls, ...words.asked, ...words.results)) flags.parallelToolCalls = false;
  const said = `I look, ${words.said}.`;
  const reasoned = await ask([user, { role: 'assistant', content: said, reasoning_content: 'I think.' }, user]);
  // The text matters more than how it came about.
  if (reasoned !== null && !shows(reasoned, words.said)) flags.reasoningReplay = 'none';
  const spoken = await ask([user, calling([call(0)], said), result(0)]);
  if (spoken !== null && !shows(spoken, words.said, words.asked[0])) flags.textWithToolCalls = 'apart';
  if (flags.reasoningReplay === 'none' || flags.textWithToolCalls === 'apart') return flags;
  const both = { ...calling([call(0)], said), reasoning_content: 'I think.' };
  const thought = await ask([user, both, result(0)]);
  if (thought !== null && !shows(thought, words.said, words.asked[0])) flags.textWithToolCalls = 'in-reasoning';
  return flags;
}

async function withoutTools(ask: (messages: JsonObject[], offered: JsonObject[]) => Promise<Rendered | null>) {
  const plain = await ask([system, user], []);
  return plain !== null && !shows(plain, words.system) ? { systemMessages: false } : {};
}

function shows(rendered: Rendered, ...wanted: readonly string[]): boolean {
  return rendered.kind === 'prompt' && wanted.every((word) => rendered.text.includes(word));
}
