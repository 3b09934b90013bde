/** The bodies that the bench sends: one conversation in both protocols, so that the server gets about the same either way. */

const prose =
  'The quick brown fox looks at the lazy dog, thinks about it, and writes a short function that nobody asked for. ';

export interface Bodies {
  readonly messages: string;
  readonly chat: string;
}

/** A conversation of about `bytes` bytes with tools and tool results, whose last user turn says `[[marker]]`. */
export function conversation(bytes: number, marker: string, stream: boolean): Bodies {
  const rounds = Math.max(0, Math.floor(bytes / 4000));
  const filler = prose.repeat(Math.ceil(Math.min(bytes, 3000) / prose.length));
  const messages: unknown[] = [{ role: 'user', content: filler }];
  const chat: unknown[] = [
    { role: 'system', content: filler },
    { role: 'user', content: filler },
  ];
  for (let round = 0; round < rounds; round += 1) {
    const id = `toolu_${String(round).padStart(20, '0')}`;
    const input = { file_path: `/src/file-${round}.ts`, offset: round };
    messages.push(
      {
        role: 'assistant',
        content: [
          { type: 'text', text: prose },
          { type: 'tool_use', id, name: 'Read', input },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text: filler }] }] },
    );
    const call = { id, type: 'function', function: { name: 'Read', arguments: JSON.stringify(input) } };
    chat.push(
      { role: 'assistant', content: prose, tool_calls: [call] },
      { role: 'tool', tool_call_id: id, content: filler },
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
  return {
    messages: JSON.stringify({
      model: 'bench/fake-model',
      max_tokens: 4096,
      stream,
      system: [{ type: 'text', text: filler }],
      tools,
      messages: [...messages, { role: 'assistant', content: prose }, last],
    }),
    chat: JSON.stringify({
      model: 'fake-model',
      max_tokens: 4096,
      stream,
      ...(stream ? { stream_options: { include_usage: true } } : {}),
      tools: functions,
      messages: [...chat, { role: 'assistant', content: prose }, last],
    }),
  };
}
