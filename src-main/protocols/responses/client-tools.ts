import type { JsonObject } from '../../../src-shared/json.ts';

/** A tool that Responses defines by its type alone but that the client runs, as a function any model can call. */
export interface ClientTool {
  readonly description: string;
  readonly inputSchema: JsonObject;
}

/**
 * The tools of OpenAI's that the client runs: what their calls hold is fixed in its API (openai SDK 7.55.0, `action` of shell calls,
 * `operation` of apply_patch). `null` for a tool that OpenAI runs itself, or that nobody here knows.
 */
export function clientTool(tool: JsonObject): ClientTool | null {
  switch (tool.type) {
    case 'local_shell':
      return localShell;
    case 'shell':
      return inContainer(tool.environment) ? null : shell;
    case 'apply_patch':
      return applyPatch;
    case 'tool_search':
      return tool.execution === 'client' ? toolSearch : null;
    default:
      return null;
  }
}

/** A shell in one of OpenAI's containers is run there. */
function inContainer(environment: JsonObject[string]): boolean {
  const type =
    typeof environment === 'object' && environment !== null && 'type' in environment ? environment.type : null;
  return typeof type === 'string' && type.startsWith('container');
}

const string = (description: string): JsonObject => ({ type: 'string', description });
const strings = (description: string): JsonObject => ({ type: 'array', items: { type: 'string' }, description });
const timeout: JsonObject = { type: 'integer', description: 'Milliseconds after which to stop.' };

const localShell: ClientTool = {
  description: 'Runs a command on the user’s computer.',
  inputSchema: {
    type: 'object',
    properties: {
      command: strings('The program and its arguments.'),
      working_directory: string('The folder to run it in.'),
      timeout_ms: timeout,
      env: { type: 'object', description: 'Environment variables to set.', additionalProperties: { type: 'string' } },
    },
    required: ['command'],
  },
};

const shell: ClientTool = {
  description: 'Runs shell commands on the user’s computer and returns what they print.',
  inputSchema: {
    type: 'object',
    properties: {
      commands: strings('The commands, each a line for the shell.'),
      timeout_ms: timeout,
      max_output_length: { type: 'integer', description: 'Characters of output to return at most.' },
    },
    required: ['commands'],
  },
};

const applyPatch: ClientTool = {
  description: 'Creates, changes or deletes a file.',
  inputSchema: {
    type: 'object',
    properties: {
      type: { type: 'string', enum: ['create_file', 'update_file', 'delete_file'] },
      path: string('Path of the file.'),
      diff: string(
        'For create_file the content, for update_file the change, as a V4A diff: context lines as they are, `-` and `+` before lines that go and come, `@@` between places.',
      ),
    },
    required: ['type', 'path'],
  },
};

const toolSearch: ClientTool = {
  description: 'Searches for further tools. Those it finds can be called from then on.',
  inputSchema: {
    type: 'object',
    properties: {
      query: string('What the tool should be able to do.'),
      limit: { type: 'integer', description: 'Most tools to return.' },
    },
    required: ['query'],
  },
};
