import { isObject } from '../../../../src-shared/json.ts';

/** What is wrong with a Chat request, as a strict server would see it; empty for a good one. */
export function faultsOf(body: unknown): readonly string[] {
  const faults: string[] = [];
  plainJson(body, 'body', faults);
  if (!isObject(body) || !Array.isArray(body.messages)) return [...faults, 'no messages'];
  if (typeof body.model !== 'string' || body.model === '') faults.push('no model');
  if (body.stream !== true) faults.push('does not stream');
  messagesOf(body.messages, faults);
  const names = new Set<unknown>();
  if (body.tools !== undefined) toolsOf(body.tools, names, faults);
  else if (body.tool_choice !== undefined || body.parallel_tool_calls !== undefined)
    faults.push('tool_choice without tools');
  return faults;
}

function messagesOf(messages: readonly unknown[], faults: string[]): void {
  if (messages.length === 0) faults.push('messages is empty');
  let open: unknown[] = [];
  const ids = new Set<unknown>();
  for (const [at, message] of messages.entries()) {
    const say = (fault: string) => faults.push(`messages[${at}] ${fault}`);
    if (!isObject(message)) {
      say('is no object');
      continue;
    }
    if (open.length > 0 && message.role !== 'tool') {
      say(`comes before the results of ${open.join()}`);
      open = [];
    }
    switch (message.role) {
      case 'system':
        if (at !== 0) say('is a late system message');
        content(message.content, say);
        break;
      case 'user':
        content(message.content, say);
        break;
      case 'tool':
        if (open[0] === message.tool_call_id) open.shift();
        else say(`answers ${String(message.tool_call_id)}, not ${String(open[0])}`);
        if (typeof message.content !== 'string') say('is a tool message whose content is no string');
        break;
      case 'assistant': {
        const calls = message.tool_calls;
        if (calls === undefined) content(message.content, say);
        else if (!Array.isArray(calls) || calls.length === 0) say('has an empty tool_calls');
        else
          for (const call of calls) {
            if (!isObject(call) || call.type !== 'function' || !isObject(call.function)) {
              say('has a malformed call');
              continue;
            }
            if (typeof call.id !== 'string' || call.id === '' || ids.has(call.id))
              say('has a call without an id of its own');
            if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(call.function.name))) say(`calls ${String(call.function.name)}`);
            if (!isObject(JSON.parse(String(call.function.arguments)))) say('has arguments that are no object');
            ids.add(call.id);
            open.push(call.id);
          }
        break;
      }
      default:
        say(`has role ${String(message.role)}`);
    }
  }
  if (open.length > 0) faults.push(`no results of ${open.join()}`);
}

function content(value: unknown, say: (fault: string) => void): void {
  if (typeof value === 'string') {
    if (value === '') say('is empty');
    return;
  }
  if (!Array.isArray(value) || value.length === 0) {
    say('has no content');
    return;
  }
  for (const part of value) if (!isObject(part) || typeof part.type !== 'string') say('has a malformed part');
}

function toolsOf(tools: unknown, names: Set<unknown>, faults: string[]): void {
  if (!Array.isArray(tools) || tools.length === 0) {
    faults.push('tools is empty');
    return;
  }
  for (const tool of tools) {
    if (!isObject(tool) || tool.type !== 'function' || !isObject(tool.function)) {
      faults.push('a tool is no function');
      continue;
    }
    const { name, parameters } = tool.function;
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(name)) || names.has(name)) faults.push(`tool name ${String(name)}`);
    if (!isObject(parameters) || parameters.type !== 'object' || !isObject(parameters.properties))
      faults.push(`parameters of ${String(name)}`);
    names.add(name);
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
