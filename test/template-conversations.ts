import { assistant, request, result, system, text, tool, use, user } from './src-main/protocols/messages/translate.ts';

/**
 * Conversations as agents have them, each of which would become one of the message shapes that chat templates refuse or lose
 * (reference backends.md §6). In `words` stands what must still be in the prompt.
 */
export interface TemplateConversation {
  readonly shape: string;
  /** Body of `POST /v1/messages`. */
  readonly body: Record<string, unknown>;
  readonly words: readonly string[];
}

const tools = [tool('Bash', { description: 'Runs PELICAN commands.' })];
const read = (id: string, file: string) => use(id, 'Bash', { command: file });
const hello = user('Hello FINCH.');

export const templateConversations: readonly TemplateConversation[] = [
  { shape: 'base', body: request([hello], { system: 'Be a WREN.' }), words: ['WREN', 'FINCH'] },
  {
    shape: 'base_tools',
    body: request([hello], { system: 'Be a WREN.', tools }),
    words: ['WREN', 'FINCH', 'Bash', 'PELICAN'],
  },
  {
    shape: 'system_late',
    body: request([hello, assistant('I am here, HERON.'), system('Now it is DUSK.'), user('Go on, ROBIN.')], {
      system: 'Be a WREN.',
    }),
    words: ['WREN', 'FINCH', 'HERON', 'DUSK', 'ROBIN'],
  },
  {
    shape: 'two_systems',
    body: request([system('Mind the OWL.'), hello], { system: [text('Be a WREN.'), text('Be a LARK.')] }),
    words: ['WREN', 'LARK', 'OWL', 'FINCH'],
  },
  {
    shape: 'system_last',
    body: request([hello, assistant('I am here, HERON.'), system('Now it is DUSK.')], { system: 'Be a WREN.' }),
    words: ['WREN', 'FINCH', 'HERON', 'DUSK'],
  },
  { shape: 'system_only', body: request([system('Be an OWL.')], { system: 'Be a WREN.' }), words: ['WREN', 'OWL'] },
  { shape: 'two_users', body: request([hello, user('And hello ROBIN.')]), words: ['FINCH', 'ROBIN'] },
  { shape: 'assistant_first', body: request([assistant('I am here, HERON.'), hello]), words: ['HERON', 'FINCH'] },
  {
    shape: 'two_assistants',
    body: request([hello, assistant('I am here, HERON.'), assistant('Still here, STORK.'), user('Go on, ROBIN.')]),
    words: ['FINCH', 'HERON', 'STORK', 'ROBIN'],
  },
  {
    shape: 'tool_round',
    body: request([hello, assistant([read('toolu_01', 'cat EAGLE')]), user([result('toolu_01', 'It says HAWK.')])], {
      tools,
    }),
    words: ['FINCH', 'EAGLE', 'HAWK'],
  },
  {
    shape: 'tool_round_then_answer',
    body: request(
      [
        hello,
        assistant([read('toolu_01', 'cat EAGLE')]),
        user([result('toolu_01', 'It says HAWK.')]),
        assistant('It said what you heard, HERON.'),
        user('Once more, ROBIN.'),
        assistant([text('Once more, STORK.'), read('toolu_02', 'cat FALCON')]),
        user([result('toolu_02', 'It says KITE.')]),
      ],
      { system: 'Be a WREN.', tools },
    ),
    words: ['WREN', 'FINCH', 'EAGLE', 'HAWK', 'HERON', 'ROBIN', 'STORK', 'FALCON', 'KITE'],
  },
  {
    shape: 'tool_round_then_user',
    body: request(
      [
        hello,
        assistant([read('toolu_01', 'cat EAGLE')]),
        user([result('toolu_01', 'It says HAWK.'), text('Mind ROBIN.')]),
      ],
      { tools },
    ),
    words: ['FINCH', 'EAGLE', 'HAWK', 'ROBIN'],
  },
  {
    shape: 'tool_content_and_call',
    body: request(
      [
        hello,
        assistant([text('I look it up, HERON.'), read('toolu_01', 'cat EAGLE')]),
        user([result('toolu_01', 'It says HAWK.')]),
        assistant('There, STORK.'),
        user('Go on, ROBIN.'),
      ],
      { tools },
    ),
    words: ['FINCH', 'HERON', 'EAGLE', 'HAWK', 'STORK', 'ROBIN'],
  },
  {
    shape: 'call_chain',
    body: request(
      [
        hello,
        assistant([text('First this, HERON.'), read('toolu_01', 'cat EAGLE')]),
        user([result('toolu_01', 'It says HAWK.')]),
        assistant([text('Then that, STORK.'), read('toolu_02', 'cat FALCON')]),
        user([result('toolu_02', 'It says KITE.')]),
      ],
      { tools },
    ),
    words: ['FINCH', 'HERON', 'EAGLE', 'HAWK', 'STORK', 'FALCON', 'KITE'],
  },
  {
    shape: 'two_results',
    body: request(
      [
        hello,
        assistant([text('Both, HERON.'), read('toolu_01', 'cat EAGLE'), read('toolu_02', 'cat FALCON')]),
        user([result('toolu_02', 'It says KITE.'), result('toolu_01', 'It says HAWK.')]),
      ],
      { tools },
    ),
    words: ['FINCH', 'HERON', 'EAGLE', 'FALCON', 'HAWK', 'KITE'],
  },
  {
    shape: 'orphan_result',
    body: request([user([result('toolu_09', 'It says CROW.'), text('Hello FINCH.')])], { tools }),
    words: ['FINCH'],
  },
  { shape: 'empty_user', body: request([user(''), assistant('I am here, HERON.'), hello]), words: ['HERON', 'FINCH'] },
  {
    shape: 'args_empty_object',
    body: request([hello, assistant([use('toolu_01', 'Bash', {})]), user([result('toolu_01', 'It says HAWK.')])], {
      tools,
    }),
    words: ['FINCH', 'HAWK'],
  },
  {
    shape: 'tool_empty_content',
    body: request([hello, assistant([text(''), read('toolu_01', 'cat EAGLE')]), user([result('toolu_01', '')])], {
      tools,
    }),
    words: ['FINCH', 'EAGLE'],
  },
  {
    shape: 'reasoning_back',
    body: request(
      [
        hello,
        assistant([{ type: 'thinking', thinking: 'I think.', signature: '' }, read('toolu_01', 'cat EAGLE')]),
        user([result('toolu_01', 'It says HAWK.')]),
      ],
      { tools },
    ),
    words: ['FINCH', 'EAGLE', 'HAWK'],
  },
  {
    shape: 'reasoning_and_text_back',
    body: request(
      [
        hello,
        assistant([
          { type: 'thinking', thinking: 'I think.', signature: '' },
          text('I look it up, HERON.'),
          read('toolu_01', 'cat EAGLE'),
        ]),
        user([result('toolu_01', 'It says HAWK.')]),
      ],
      { tools },
    ),
    words: ['FINCH', 'HERON', 'EAGLE', 'HAWK'],
  },
  {
    shape: 'content_parts',
    body: request([user([text('Hello FINCH.'), text('And ROBIN.')])], {
      system: [text('Be a WREN.'), text('Be a LARK.')],
    }),
    words: ['WREN', 'LARK', 'FINCH', 'ROBIN'],
  },
  {
    shape: 'tool_result_parts',
    body: request(
      [
        hello,
        assistant([read('toolu_01', 'cat EAGLE')]),
        user([result('toolu_01', [text('It says HAWK.'), text('And KITE.')])]),
      ],
      { tools },
    ),
    words: ['FINCH', 'EAGLE', 'HAWK', 'KITE'],
  },
  {
    shape: 'tool_no_tools_param',
    body: request([hello, assistant([read('toolu_01', 'cat EAGLE')]), user([result('toolu_01', 'It says HAWK.')])]),
    words: ['FINCH', 'EAGLE', 'HAWK'],
  },
];
