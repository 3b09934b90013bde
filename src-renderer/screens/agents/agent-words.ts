import type { AgentEntry, AgentId } from '../../../src-shared/agents.ts';
import type { SlotName } from '../../../src-shared/settings.ts';

/** What the window knows of an agent beside what the service tells. */
export interface AgentFacts {
  /** Installs it, as its makers say. */
  readonly install: string;
  /** Where it asks for models of several sizes: the slots, and what it uses each for. `default` is its model. */
  readonly slots: readonly { readonly slot: SlotName; readonly what: string }[];
  /** Whether it can be set up for one project folder, and in a profile that is only used where it is named. */
  readonly folder: boolean;
  readonly profile: string | null;
}

export const agentFacts: Readonly<Record<AgentId, AgentFacts>> = {
  'claude-code': {
    install: 'npm install -g @anthropic-ai/claude-code',
    slots: [
      { slot: 'opus', what: 'Opus, for hard tasks' },
      { slot: 'sonnet', what: 'Sonnet, for daily work' },
      { slot: 'haiku', what: 'Haiku, for titles and small tasks' },
      { slot: 'fable', what: 'Fable' },
    ],
    folder: true,
    profile: null,
  },
  codex: {
    install: 'npm install -g @openai/codex',
    slots: [],
    folder: false,
    profile: 'codex -p dragoman',
  },
  opencode: {
    install: 'npm install -g opencode-ai',
    slots: [{ slot: 'haiku', what: 'Small model, for titles' }],
    folder: true,
    profile: null,
  },
  'qwen-code': { install: 'npm install -g @qwen-code/qwen-code', slots: [], folder: true, profile: null },
};

/** What a change of an agent's models means to sessions of it. */
export const changedWords =
  'Running sessions ask the new models with their next request. All else reaches them once they are started again.';

/** How an agent stands, as its card tells it. */
export type Standing = 'not-installed' | 'not-set-up' | 'off' | 'set-up' | 'drifted' | 'conflict';

export function standingOf(agent: AgentEntry): Standing {
  if (agent.state === 'drifted') return 'drifted';
  if (agent.state === 'set-up')
    return agent.conflicts.some(({ harmless }) => harmless === undefined) ? 'conflict' : 'set-up';
  if (agent.kept !== null) return 'off';
  return agent.installed ? 'not-set-up' : 'not-installed';
}

/** The state in words, its parts in the order in which they matter. `now` in milliseconds since 1970. */
export function stateWords(agent: AgentEntry, now: number): readonly string[] {
  const since = agent.since === null ? [] : [sinceWords(agent.since, now)];
  const model = agent.slots.default ?? agent.model;
  const models = model === null || model === undefined ? [] : [model];
  switch (standingOf(agent)) {
    case 'not-installed':
      return ['Not installed'];
    case 'not-set-up':
      return ['Not set up', agent.baseUrl === null ? 'uses its own account or settings' : `calls ${agent.baseUrl}`];
    case 'off':
      return ['Switched off', `${agent.kept} is remembered`];
    case 'set-up':
      return ['Set up', ...models, ...since];
    case 'drifted':
      return ['Changed outside Dragoman', ...models];
    case 'conflict':
      return ['Set up, but something is in the way', ...models, ...since];
  }
}

const dayMs = 86_400_000;

/** "since today", "since Tuesday", "since 3 November", and the year where it is another. */
export function sinceWords(at: string, now: number): string {
  const then = new Date(at);
  const today = new Date(now);
  const midnight = new Date(today.getFullYear(), today.getMonth(), today.getDate()).getTime();
  const days = Math.ceil((midnight - then.getTime()) / dayMs);
  if (days <= 0) return 'since today';
  if (days === 1) return 'since yesterday';
  if (days < 7) return `since ${then.toLocaleDateString('en-GB', { weekday: 'long' })}`;
  const sameYear = then.getFullYear() === today.getFullYear();
  return `since ${then.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', ...(!sameYear && { year: 'numeric' }) })}`;
}
