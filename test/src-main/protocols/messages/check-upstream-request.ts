import { isObject } from '../../../../src-shared/json.ts';

const callId = /^[a-zA-Z0-9_-]{1,64}$/;
const toolName = /^[a-zA-Z0-9_-]{1,128}$/;

/** What is wrong with a Messages request, as Anthropic's API would see it (its documentation and error texts); empty for a good one. */
export function faultsOf(body: unknown): readonly string[] {
  const faults: string[] = [];
  plainJson(body, 'body', faults);
  if (!isObject(body) || !Array.isArray(body.messages)) return [...faults, 'no messages'];
  if (typeof body.model !== 'string' || body.model === '') faults.push('no model');
  if (!Number.isInteger(body.max_tokens) || Number(body.max_tokens) < 1) faults.push('no max_tokens');
  if (body.stream !== true) faults.push('does not stream');
  if (body.system !== undefined) content(body.system, 'system', ['text'], faults);
  const marks = JSON.stringify(body).split('"cache_control"').length - 1;
  if (marks > 4) faults.push(`${marks} cache marks`);
  const called = messagesOf(body.messages, faults);
  const tools = Array.isArray(body.tools) ? body.tools : [];
  toolsOf(tools, faults);
  if (body.tools !== undefined && tools.length === 0) faults.push('tools is empty');
  if (called && tools.length === 0) faults.push('calls in the history without tools');
  if (body.tool_choice !== undefined && tools.length === 0) faults.push('tool_choice without tools');
  const { thinking } = body;
  if (isObject(thinking) && thinking.type !== 'disabled') thinkingOf(body, thinking, faults);
  return faults;
}

function thinkingOf(body: Record<string, unknown>, thinking: Record<string, unknown>, faults: string[]): void {
  if (thinking.type === 'enabled') {
    const budget = Number(thinking.budget_tokens);
    if (!(budget >= 1024 && budget < Number(body.max_tokens))) faults.push(`budget ${budget} of ${body.max_tokens}`);
  }
  if (body.temperature !== undefined && body.temperature !== 1) faults.push('temperature with thinking');
  if (body.top_k !== undefined) faults.push('top_k with thinking');
  if (isObject(body.tool_choice) && ['any', 'tool'].includes(String(body.tool_choice.type)))
    faults.push('a forced tool with thinking');
}

/** Whether there are calls in the history. */
function messagesOf(messages: readonly unknown[], faults: string[]): boolean {
  if (messages.length === 0) faults.push('messages is empty');
  let previous: unknown = null;
  let open: unknown[] = [];
  const ids = new Set<unknown>();
  for (const [at, message] of messages.entries()) {
    const path = `messages.${at}`;
    const { role, content: blocks } = isObject(message) ? message : {};
    if (role !== 'user' && role !== 'assistant') faults.push(`${path} has role ${String(role)}`);
    if (at === 0 && role !== 'user') faults.push('does not begin with the user');
    if (role === previous) faults.push(`${path} is a second ${String(role)} in a row`);
    previous = role;
    content(blocks, path, role === 'user' ? userTypes : assistantTypes, faults);
    const list = Array.isArray(blocks) ? blocks.filter((block) => isObject(block)) : [];
    if (role === 'user') {
      const results = list.filter(({ type }) => type === 'tool_result');
      if (list.slice(0, results.length).some(({ type }) => type !== 'tool_result'))
        faults.push(`${path} has results that do not stand first`);
      const answered = results.map((block) => block.tool_use_id);
      if (JSON.stringify(answered.toSorted()) !== JSON.stringify(open.toSorted()))
        faults.push(`${path} answers ${answered.join()} and not ${open.join()}`);
      open = [];
    } else {
      if (open.length > 0) faults.push(`${path} stands before the results of ${open.join()}`);
      const uses = list.filter(({ type }) => type === 'tool_use');
      if (list.slice(list.length - uses.length).some(({ type }) => type !== 'tool_use'))
        faults.push(`${path} has something behind its calls`);
      for (const { id, name, input } of uses) {
        if (!callId.test(String(id)) || ids.has(id)) faults.push(`${path}: call id ${String(id)}`);
        if (!toolName.test(String(name))) faults.push(`${path}: calls ${String(name)}`);
        if (!isObject(input)) faults.push(`${path}: input is no object`);
        ids.add(id);
        open.push(id);
      }
    }
  }
  if (open.length > 0) faults.push(`no results of ${open.join()}`);
  return ids.size > 0;
}

const userTypes = ['text', 'image', 'document', 'search_result', 'tool_result'];
const assistantTypes = [
  ...['text', 'thinking', 'redacted_thinking', 'tool_use', 'server_tool_use', 'web_search_tool_result'],
];
const resultTypes = ['text', 'image', 'document', 'search_result'];

function content(value: unknown, path: string, types: readonly string[], faults: string[]): void {
  if (!Array.isArray(value) || value.length === 0) {
    faults.push(`${path} has no content`);
    return;
  }
  for (const [at, block] of value.entries()) {
    const { type, ...fields } = isObject(block) ? block : { type: undefined };
    const here = `${path}.content.${at}`;
    if (!types.includes(String(type))) faults.push(`${here} is ${String(type)}`);
    if (type === 'text' && (typeof fields.text !== 'string' || fields.text.trim() === ''))
      faults.push(`${here} is blank`);
    if (type === 'thinking' && (typeof fields.signature !== 'string' || fields.signature === ''))
      faults.push(`${here} is unsigned`);
    if (type === 'redacted_thinking' && !fields.data) faults.push(`${here} has no data`);
    if (type === 'tool_result' && fields.content !== undefined) content(fields.content, here, resultTypes, faults);
    if (type === 'tool_result' && fields.is_error === true && fields.content === undefined)
      faults.push(`${here} is an error that says nothing`);
    if (type === 'image' && isObject(fields.source) && fields.source.type === 'base64') {
      if (!/^image\/(?:jpeg|png|gif|webp)$/.test(String(fields.source.media_type))) faults.push(`${here}: media type`);
    }
  }
}

function toolsOf(tools: readonly unknown[], faults: string[]): void {
  const names = new Set<unknown>();
  for (const tool of tools) {
    if (!isObject(tool)) {
      faults.push('a tool is no object');
      continue;
    }
    const { name, input_schema: schema, type } = tool;
    if (!toolName.test(String(name)) || names.has(name)) faults.push(`tool name ${String(name)}`);
    names.add(name);
    if (type !== undefined && type !== 'custom') continue;
    if (!isObject(schema) || schema.type !== 'object') faults.push(`schema of ${String(name)}`);
    else if (['anyOf', 'oneOf', 'allOf'].some((key) => key in schema)) faults.push(`branches at the root of ${name}`);
  }
}

function plainJson(value: unknown, path: string, faults: string[]): void {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value)))
    faults.push(`${path} is ${String(value)}`);
  if (typeof value === 'string' && /[\p{Surrogate}\0]/u.test(value))
    faults.push(`${path} holds a lone surrogate or NUL`);
  if (Array.isArray(value)) for (const [at, item] of value.entries()) plainJson(item, `${path}[${at}]`, faults);
  else if (isObject(value)) for (const [key, item] of Object.entries(value)) plainJson(item, `${path}.${key}`, faults);
}
