import { isObject, type JsonObject } from '../../../src-shared/json.ts';

/** Features that the API takes only with a beta named, by a body key that asks for them (Anthropic's documentation, SDK 1.11.0). */
const keyBetas: ReadonlyMap<string, string> = new Map([
  ['context_management', 'context-management-2025-06-27'],
  ['mcp_servers', 'mcp-client-2025-11-20'],
  ['speed', 'fast-mode-2026-02-01'],
]);

/** The betas to name in `anthropic-beta` for what stands in a request's body. */
export function neededBetas(body: JsonObject): readonly string[] {
  const betas = [...keyBetas].flatMap(([key, beta]) => (body[key] === undefined ? [] : [beta]));
  const messages = Array.isArray(body.messages) ? body.messages : [];
  if (messages.some((message) => isObject(message) && message.role === 'system'))
    betas.push('mid-conversation-system-2026-04-07');
  // Claude 4 of before adaptive thinking thinks between its tool calls only with this.
  if (isObject(body.thinking) && body.thinking.type === 'enabled' && body.tools !== undefined)
    betas.push('interleaved-thinking-2025-05-14');
  return betas;
}
