import { serverKind } from '../../src-shared/server-kinds.ts';
import type { RemediedModel, UpstreamKind } from './kind.ts';

/** What to do where a model of a server fails in something, each a sentence or two; what is to be typed stands between backticks. */
export interface Remedies {
  readonly tools: string;
  readonly reasoning: string;
  readonly vision: string;
  readonly context: string;
  /** null: there is nothing to be done. */
  readonly cache: string | null;
}

/** In the words of the model's server; a kind that has no words of its own gets general ones. */
export function remediesOf(kind: UpstreamKind, model: RemediedModel): Remedies {
  const own = kind.remedies ?? {};
  return {
    tools:
      own.tools?.(model) ??
      'Look into the server’s documentation for tool calls: many need them switched on, with a parser for this model.',
    reasoning:
      own.reasoning?.(model) ??
      'Look into the server’s documentation for reasoning: some need a parser for this model.',
    vision: `Nothing is to be done where you don’t show it images. ${own.vision ?? 'Else take a model that can see.'}`,
    context:
      kind.isSelfHosted === true
        ? serverKind(kind.id).largerContext
        : 'Set `contextWindow` of this model in the settings to what it really keeps.',
    cache: own.cache ?? null,
  };
}
