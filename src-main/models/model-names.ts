import { editDistance } from '../../src-shared/edit-distance.ts';
import type { SlotName } from '../../src-shared/settings.ts';

/** Claude Code's discovery keeps only ids with "claude" or "anthropic" in them; so each id is also known under this prefix. */
export const claudePrefix = 'claude-local/';

/** Removes the prefix under which Claude Code was shown an id; null where the name has none. */
export function withoutClaudePrefix(name: string): string | null {
  return name.startsWith(claudePrefix) ? name.slice(claudePrefix.length) : null;
}

/**
 * The slot that Claude's own model names mean, by family: `claude-opus-4-6`, `claude-3-5-haiku-20241022`, `opus`; also the slots' own
 * names. Null for any other name.
 */
export function slotOf(name: string): SlotName | null {
  const lower = name.toLowerCase();
  if (lower === 'default') return 'default';
  if (lower === 'opus' || /^claude-(?:[\d.-]+-)?opus(?:-|$)/.test(lower)) return 'opus';
  if (lower === 'fable' || /^claude-(?:[\d.-]+-)?fable(?:-|$)/.test(lower)) return 'fable';
  if (lower.includes('sonnet')) return 'sonnet';
  if (lower.includes('haiku')) return 'haiku';
  return null;
}

const comparedLength = 200;

/** The `count` ids that look most like `name`, upper and lower case alike, with or without their upstream. */
export function nearestIds(name: string, ids: readonly string[], count: number): readonly string[] {
  const wanted = name.toLowerCase().slice(0, comparedLength);
  const wantedModel = wanted.slice(wanted.indexOf('/') + 1);
  const ranked = ids.map((id) => {
    const candidate = id.toLowerCase().slice(0, comparedLength);
    const model = candidate.slice(candidate.indexOf('/') + 1);
    return { id, distance: Math.min(editDistance(wanted, candidate), editDistance(wantedModel, model)) };
  });
  return ranked
    .toSorted((a, b) => a.distance - b.distance || a.id.localeCompare(b.id, 'en'))
    .slice(0, count)
    .map((one) => one.id);
}
