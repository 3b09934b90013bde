import type { CheckupFlags } from '../../src-shared/checkup.ts';
import { type Check, type Finding, quoted, unanswered } from './check.ts';

const messages = [
  { role: 'user', content: 'A bat and a ball cost 1.10 together; the bat costs 1 more. What costs the ball?' },
];

const reasoningOn: Check = {
  id: 'reasoning-on',
  run: async (bench) => {
    const budgeted = await bench.ask({ messages, thinking: { type: 'enabled', budget_tokens: 1024 } });
    // Anthropic's newer models refuse a budget and say themselves how long they think; older ones know only budgets.
    const answer =
      budgeted.error?.status === 400 ? await bench.ask({ messages, thinking: { type: 'adaptive' } }) : budgeted;
    // Reasoning that reached the limit of output is reasoning all the same.
    if (answer.error === null && answer.reasoning.trim() !== '' && tagsIn(answer.text) === null)
      return { result: 'pass', evidence: `It reasoned: ${quoted(answer.reasoning)}.` };
    const failure = unanswered(answer);
    if (failure !== null) return failure;
    const { subject } = bench;
    const leaked = leak(answer.text, subject.remedies.reasoning);
    if (leaked !== null) return leaked;
    const evidence = 'No reasoning came.';
    if (subject.reasoning === true) return { result: 'fail', evidence, remedy: subject.remedies.reasoning };
    return { result: 'unknown', evidence: `${evidence} It may be a model that does not reason.` };
  },
};

const reasoningOff: Check = {
  id: 'reasoning-off',
  run: async (bench) => {
    const answer = await bench.ask({ messages, thinking: { type: 'disabled' } });
    if (answer.error === null && answer.reasoning.trim() !== '')
      return {
        result: 'fail',
        evidence: `It reasoned all the same: ${quoted(answer.reasoning)}.`,
        remedy: 'Some models can’t do without. It costs time and tokens, and nothing else.',
      };
    const failure = unanswered(answer);
    if (failure !== null) return failure;
    return (
      leak(answer.text, bench.subject.remedies.reasoning) ?? {
        result: 'pass',
        evidence: `It answered at once: ${quoted(answer.text)}.`,
      }
    );
  },
};

/** Reasoning that stands in the text, in tags. */
function leak(text: string, remedy: string | null): Finding | null {
  const flags = tagsIn(text);
  if (flags === null) return null;
  return { result: 'fail', evidence: `Its reasoning stands in its text: ${quoted(text)}.`, remedy, flags };
}

/** Which flag would find the reasoning's tags; null where there are none. */
function tagsIn(text: string): CheckupFlags | null {
  const closed = text.search(/<\/think(?:ing)?>/);
  const opened = text.search(/<think(?:ing)?>/);
  if (closed === -1) return null;
  return { thinkTags: opened === -1 || opened > closed ? 'implicit-open' : 'always' };
}

export const reasoningChecks = { reasoningOn, reasoningOff };
