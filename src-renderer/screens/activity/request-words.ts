import type { ActivityPurpose, ActivityRow } from '../../../src-shared/activity.ts';
import type { Usage } from '../../../src-shared/usage.ts';

/** 14:03:59, of this computer's clock. */
export function clockTime(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** 840 ms, 3.2 s, 2 min 5 s */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** 950, 12.4k, 1.3M */
export function shortCount(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 100_000) return `${(count / 1_000).toFixed(1)}k`;
  return count < 1_000_000 ? `${Math.round(count / 1_000)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** The whole prompt, cached or not. */
export function promptTokens({ inputTokens, cacheReadTokens, cacheWriteTokens }: Usage): number {
  return inputTokens + cacheReadTokens + cacheWriteTokens;
}

/** How much of the prompt came from the server's cache, 0 to 1; null where there is nothing to say. */
export function cacheShare(usage: Usage | null): number | null {
  if (usage === null) return null;
  const prompt = promptTokens(usage);
  return prompt === 0 ? null : usage.cacheReadTokens / prompt;
}

/** How much of the prompt came from the server's cache, in words; null where there is nothing to say. */
export function cacheWords({ usage, promptReuse }: ActivityRow): string | null {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  if (promptReuse?.source === 'computed') return `up to ${percent(promptReuse.share)}; the server does not tell`;
  const share = cacheShare(usage);
  if (share === null || usage === null) return null;
  return `${usage.cacheReadTokens.toLocaleString('en')} tokens, ${percent(share)}`;
}

/** Generated tokens a second after the first content; null where that can't be told. */
export function tokensPerSecond({ usage, firstByteMs, totalMs, stream }: ActivityRow): number | null {
  if (usage === null || usage.outputTokens < 2 || totalMs === null) return null;
  const ms = totalMs - (stream ? (firstByteMs ?? 0) : 0);
  return ms < 1 ? null : (usage.outputTokens / ms) * 1_000;
}

export function purposeWords(purpose: ActivityPurpose): string {
  switch (purpose) {
    case 'chat':
      return 'chat';
    case 'title':
      return 'title';
    case 'compact':
      return 'compact';
    case 'count':
      return 'count';
    case 'embeddings':
      return 'embeddings';
    case 'other':
      return 'other';
  }
}

/** What became of it, in a word or two. */
export function stateWords(row: ActivityRow): string {
  switch (row.state) {
    case 'running':
      return row.firstByteMs === null ? waitWords(row) : 'streaming';
    case 'done':
      return finishWords(row);
    case 'failed':
      return 'failed';
    case 'aborted':
      return 'agent left';
    case 'refused':
      return `refused · ${row.status ?? ''}`;
  }
}

function waitWords({ waitsFor }: ActivityRow): string {
  if (waitsFor === undefined) return 'waiting';
  return waitsFor === 'turn' ? 'queued' : 'loading';
}

/** Until the first content, and how much of that is left without what it waited for before the model began. */
export function firstContentWords({ firstByteMs, waits = {} }: ActivityRow): string {
  if (firstByteMs === null) return '–';
  const waited = (waits.turn ?? 0) + (waits.loading ?? 0);
  const without = duration(Math.max(0, firstByteMs - waited));
  return waited < 1 ? duration(firstByteMs) : `${duration(firstByteMs)}, ${without} without the waits`;
}

function finishWords({ finishReason }: ActivityRow): string {
  switch (finishReason) {
    case null:
    case 'stop':
    case 'stop-sequence':
      return 'done';
    case 'tool-calls':
      return 'called tools';
    case 'length':
      return 'cut by length';
    case 'context-window':
      return 'context full';
    case 'refusal':
      return 'model refused';
    case 'content-filter':
      return 'filtered';
    case 'pause':
      return 'paused by server';
  }
}

/** The model as one would search for it. */
export function modelWords({ modelId, model, method, path }: ActivityRow): string {
  return modelId ?? (model === '' ? `${method} ${path}` : model);
}

/** read_file ×2, grep; '' where none was called or nobody looked. */
export function toolWords({ tools }: ActivityRow): string {
  if (tools === null || tools.length === 0) return '';
  const counts = new Map<string, number>();
  for (const tool of tools) counts.set(tool, (counts.get(tool) ?? 0) + 1);
  return [...counts].map(([tool, count]) => (count === 1 ? tool : `${tool} ×${count}`)).join(', ');
}
