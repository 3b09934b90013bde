import type { ConversationRequest, Tool } from './request.ts';
import { identity, isNamed } from './tool-names.ts';

/**
 * The tools a model may see at the end of the conversation: those declared openly, in the client's order, then what the conversation
 * made callable, in the order in which it did (so that the list only grows at its end). Deferred tools stay hidden until a result
 * names them, a tool change adds or loads them, or the model has called them. Where the search for deferred tools is itself a tool
 * that the provider runs, nobody could load them: then all are shown.
 */
export function effectiveTools(request: ConversationRequest): readonly Tool[] {
  const searchedByProvider = request.tools.some(
    (tool) => tool.kind === 'hosted' && tool.wireType.startsWith('tool_search'),
  );
  const shown = new Map<string, Tool>();
  const hidden = new Map<string, Tool>();
  for (const tool of request.tools) {
    const key = keyOf(tool);
    if (tool.deferred && !searchedByProvider) {
      if (!hidden.has(key)) hidden.set(key, tool);
    } else if (!shown.has(key)) shown.set(key, tool);
  }
  const load = (name: string) => {
    for (const [key, tool] of hidden) {
      if (!isNamed(tool, name)) continue;
      shown.set(key, tool);
      hidden.delete(key);
    }
  };
  for (const turn of request.turns) {
    for (const block of turn.blocks) {
      if (block.kind === 'tool-result') for (const name of block.loadedTools) load(name);
      else if (block.kind === 'tool-call') load(identity(block));
      else if (block.kind === 'tool-change') {
        switch (block.change.kind) {
          case 'add':
            shown.set(keyOf(block.change.tool), block.change.tool);
            break;
          case 'load':
            load(block.change.name);
            break;
          case 'remove':
            for (const [key, tool] of shown) {
              if (tool.name !== block.change.name) continue;
              shown.delete(key);
              hidden.set(key, tool);
            }
            break;
        }
      }
    }
  }
  return [...shown.values()];
}

/** A tool the provider runs does not hide a client's tool of the same name: the encoder decides between them. */
function keyOf(tool: Tool): string {
  return tool.kind === 'hosted' ? `${tool.wireType}\n\n${tool.name}` : identity(tool);
}
