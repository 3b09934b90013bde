/** What an agent's trial goes through, in order: a trivial task, done once in an empty folder. */
export const trialSteps = ['installed', 'started', 'asked', 'answered', 'tool', 'file'] as const;
export type TrialStep = (typeof trialSteps)[number];

/** How far a trial has come. Each further one replaces the one before. */
export interface AgentTrial {
  readonly state: 'running' | 'passed' | 'failed';
  /** What is under way, or has failed: the steps before it are done. Null once all are. */
  readonly step: TrialStep | null;
  /** What was found out about each step. */
  readonly facts: Readonly<Partial<Record<TrialStep, string>>>;
  /** What went wrong, and what to do; null where nothing did. */
  readonly failure: { readonly what: string; readonly remedy: string } | null;
  /** The end of what the agent wrote, local keys masked. */
  readonly output: string;
}
