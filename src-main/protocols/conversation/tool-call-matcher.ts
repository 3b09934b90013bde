import { AssembledCall } from './assembled-call.ts';
import type { ToolNames } from './codec.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { Part } from './events.ts';

type Fragment = Part & { readonly kind: 'tool-call' };

/**
 * Tells which call of the answer a fragment belongs to (reference protocol.md §4.4). Servers leave out the index, give every call
 * index 0, send ids and names late, never, or on every fragment. The order of trust: a known id, then the index, then the latest
 * call. A call whose arguments are complete takes no more: what then comes under the same index or id with a name is a new call.
 */
export class ToolCallMatcher {
  /** In the order in which they appeared. */
  readonly calls: AssembledCall[] = [];
  readonly #diagnostics: Diagnostics;
  readonly #toolNames: ToolNames;
  readonly #byId = new Map<string, AssembledCall>();
  readonly #byIndex = new Map<number, AssembledCall>();
  #latest: AssembledCall | undefined;

  constructor(toolNames: ToolNames, diagnostics: Diagnostics) {
    this.#toolNames = toolNames;
    this.#diagnostics = diagnostics;
  }

  /** The call of a fragment, with the fragment's id, index, name and arguments taken in. */
  match(fragment: Fragment): AssembledCall {
    const name = fragment.name?.trim() || undefined;
    const found = this.#find(fragment, name);
    const call = found === undefined || beginsAnew(found, name, fragment) ? this.#begin() : found;
    if (call !== found && found?.nextName !== undefined && name === undefined) {
      call.name = found.nextName;
      found.nextName = undefined;
    }
    if (fragment.id !== undefined) {
      call.id ??= fragment.id;
      this.#byId.set(fragment.id, call);
    }
    if (fragment.index !== undefined) {
      call.index ??= fragment.index;
      this.#byIndex.set(fragment.index, call);
    }
    if (name !== undefined) this.#takeName(call, name);
    if (fragment.arguments !== undefined) call.append(fragment.arguments);
    this.#latest = call;
    return call;
  }

  /** Undefined for a fragment of a new call. */
  #find({ id, index, arguments: text }: Fragment, name: string | undefined): AssembledCall | undefined {
    const byId = id === undefined ? undefined : this.#byId.get(id);
    const byIndex = index === undefined ? undefined : this.#byIndex.get(index);
    if (byId !== undefined) {
      if (index === undefined || byId.index === undefined || byId.index === index) return byId;
      if (byIndex !== undefined && byIndex.id === id) return byIndex; // two calls with one id, told apart by their index
      return name === undefined ? byId : undefined;
    }
    if (id !== undefined) {
      if (byIndex !== undefined) {
        if (byIndex.id === undefined) return byIndex; // a late id
        // Some servers make up a new id for every fragment; a call of its own would bring its name.
        return name === undefined && !byIndex.complete ? byIndex : undefined;
      }
      const latest = this.#latest;
      if (latest === undefined || latest.id !== undefined || latest.complete) return undefined;
      if (index !== undefined && latest.index !== undefined) return undefined;
      return latest.name === undefined || name === undefined ? latest : undefined;
    }
    if (byIndex !== undefined) return byIndex;
    const latest = this.#latest;
    if (index !== undefined) {
      return latest !== undefined && latest.index === undefined && name === undefined && !latest.complete
        ? latest
        : undefined;
    }
    if (name === undefined || latest === undefined) return latest;
    if (latest.name === undefined) return latest.complete && (text ?? '').trim() !== '' ? undefined : latest; // a late name
    // Without id and index a name begins a call, unless the server repeats it on every fragment.
    const isUnderWay = latest.arguments !== '' || (text ?? '') !== '';
    return latest.name === name && !latest.complete && isUnderWay ? latest : undefined;
  }

  #begin(): AssembledCall {
    const call = new AssembledCall(this.#diagnostics);
    this.calls.push(call);
    return call;
  }

  /** A name may be repeated, or come in pieces: it is then put together as long as that gives a tool the client declared. */
  #takeName(call: AssembledCall, name: string): void {
    if (call.name === undefined) call.name = name;
    else if (call.name !== name && call.arguments === '' && !this.#toolNames.has(call.name)) {
      call.name = this.#toolNames.has(name) || name.startsWith(call.name) ? name : call.name + name;
    }
    const tool = this.#toolNames.get(call.name);
    if (tool?.wrapped === true) call.unwrap();
    else if (tool?.toolKind === 'custom') call.freeText = true;
  }
}

/** Whether a fragment that was matched to a complete call is really the first one of another. */
function beginsAnew(call: AssembledCall, name: string | undefined, fragment: Fragment): boolean {
  if (!call.complete || call.name === undefined) return false;
  if (name !== undefined && name !== call.name) return true;
  const text = fragment.arguments ?? '';
  const hasText = text.trim() !== '';
  if (name === undefined) return hasText && call.nextName !== undefined;
  if (!hasText) {
    call.nextName = name; // only repeated so far: a new call once arguments follow
    return false;
  }
  return fragment.id === undefined || text !== call.arguments; // else the same call is said once more
}
