import type { JsonObject } from '../../../src-shared/json.ts';

/**
 * Tools that Anthropic defines by a type alone but that the client runs: their input is fixed in Anthropic's documentation
 * (tool use: bash, text editor and memory tool), so any model can call them once it is shown the schema.
 */
export function clientToolSchema(
  wireType: string,
): { readonly description: string; readonly inputSchema: JsonObject } | null {
  if (/^bash_\d+$/.test(wireType))
    return { description: 'Runs a command in a persistent bash session.', inputSchema: bashInput };
  if (/^text_editor_\d+$/.test(wireType))
    return { description: 'Views, creates and edits text files.', inputSchema: textEditorInput };
  if (/^memory_\d+$/.test(wireType))
    return {
      description: 'Reads and writes files below /memories that outlive the conversation.',
      inputSchema: memoryInput,
    };
  return null;
}

const string = (description: string): JsonObject => ({ type: 'string', description });
const viewRange: JsonObject = {
  type: 'array',
  items: { type: 'integer' },
  description: 'First and last line for `view`; -1 as the last means the end.',
};

const bashInput: JsonObject = {
  type: 'object',
  properties: {
    command: string('The command to run.'),
    restart: { type: 'boolean', description: 'True restarts the session instead.' },
  },
};

const textEditorInput: JsonObject = {
  type: 'object',
  properties: {
    command: { type: 'string', enum: ['view', 'create', 'str_replace', 'insert', 'undo_edit'] },
    path: string('Path of the file or directory.'),
    view_range: viewRange,
    file_text: string('Content of the new file, for `create`.'),
    old_str: string('Text to replace, for `str_replace`; it must occur exactly once.'),
    new_str: string('Text to put in its place, for `str_replace`; text to insert, for `insert`.'),
    insert_line: { type: 'integer', description: 'Line behind which to insert, for `insert`; 0 is the top.' },
    insert_text: string('Text to insert, for `insert`.'),
  },
  required: ['command', 'path'],
};

const memoryInput: JsonObject = {
  type: 'object',
  properties: {
    command: { type: 'string', enum: ['view', 'create', 'str_replace', 'insert', 'delete', 'rename'] },
    path: string('Path below /memories, for all commands but `rename`.'),
    view_range: viewRange,
    file_text: string('Content of the new file, for `create`.'),
    old_str: string('Text to replace, for `str_replace`.'),
    new_str: string('Text to put in its place, for `str_replace`.'),
    insert_line: { type: 'integer', description: 'Line behind which to insert, for `insert`.' },
    insert_text: string('Text to insert, for `insert`.'),
    old_path: string('Present path, for `rename`.'),
    new_path: string('New path, for `rename`.'),
  },
  required: ['command'],
};
