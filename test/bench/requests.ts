import type { Protocol } from '../../src-shared/protocol.ts';

/** The bodies that the bench sends: one conversation in all three protocols, so that the server gets about the same whichever way. */

const prose =
  'The quick brown fox looks at the lazy dog, thinks about it, and writes a short function that nobody asked for. ';

export type Bodies = Readonly<Record<Protocol, string>>;

/**
 * A conversation of about `bytes` bytes with tools and tool results, whose last user turn says `[[marker]]`.
 *
 * @param model as it is to stand in the body
 * @param rounds calls with their results; as many as fit, with 3 KB each, unless it is said
 */
export function conversation(
  bytes: number,
  marker: string,
  stream: boolean,
  model: string,
  rounds: number = Math.floor(bytes / 4000),
): Bodies {
  const size = rounds === 0 ? Math.min(bytes, 3000) : Math.min(bytes, Math.max(3000, bytes / rounds - 900));
  const filler = prose.repeat(Math.ceil(size / prose.length));
  const messages: unknown[] = [{ role: 'user', content: filler }];
  const chat: unknown[] = [
    { role: 'system', content: filler },
    { role: 'user', content: filler },
  ];
  const input: unknown[] = [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: filler }] }];
  const said = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: prose }] };
  for (let round = 0; round < rounds; round += 1) {
    const id = `toolu_${String(round).padStart(20, '0')}`;
    const asked = { file_path: `/src/file-${round}.ts`, offset: round };
    messages.push(
      {
        role: 'assistant',
        content: [
          { type: 'text', text: prose },
          { type: 'tool_use', id, name: 'Read', input: asked },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text: filler }] }] },
    );
    const call = { id, type: 'function', function: { name: 'Read', arguments: JSON.stringify(asked) } };
    chat.push(
      { role: 'assistant', content: prose, tool_calls: [call] },
      { role: 'tool', tool_call_id: id, content: filler },
    );
    input.push(
      said,
      { type: 'function_call', call_id: id, name: 'Read', arguments: JSON.stringify(asked) },
      { type: 'function_call_output', call_id: id, output: filler },
    );
  }
  const last = { role: 'user', content: `[[${marker}]]` };
  const parameters = {
    type: 'object',
    properties: { file_path: { type: 'string' }, offset: { type: 'number' }, limit: { type: 'number' } },
    required: ['file_path'],
  };
  const names = rounds === 0 ? ['Read'] : ['Read', 'Write', 'Edit', 'Bash', 'Glob', 'Grep', 'Task', 'TodoWrite'];
  const tools = names.map((name) => ({ name, description: prose, input_schema: parameters }));
  const functions = names.map((name) => ({ type: 'function', function: { name, description: prose, parameters } }));
  const flat = names.map((name) => ({ type: 'function', name, description: prose, parameters, strict: false }));
  return {
    messages: JSON.stringify({
      model,
      max_tokens: 4096,
      stream,
      system: [{ type: 'text', text: filler }],
      tools,
      messages: [...messages, { role: 'assistant', content: prose }, last],
    }),
    chat: JSON.stringify({
      model,
      max_tokens: 4096,
      stream,
      ...(stream ? { stream_options: { include_usage: true } } : {}),
      tools: functions,
      messages: [...chat, { role: 'assistant', content: prose }, last],
    }),
    responses: JSON.stringify({
      model,
      max_output_tokens: 4096,
      stream,
      store: false,
      instructions: filler,
      tools: flat,
      input: [...input, said, { type: 'message', ...last }],
    }),
  };
}
