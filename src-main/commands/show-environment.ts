import type { AgentId, PlannedLaunch, RemovalReason } from '../../src-shared/agents.ts';
import { listedVariables, proxyVariables, type RemovalRules } from '../agents/clean-environment.ts';
import { concealLine } from '../agents/conceal-line.ts';
import { type CommandContext, print } from './context.ts';

const reasons: Readonly<Record<RemovalReason, string>> = {
  provider: 'a model provider’s: the agent asks Dragoman',
  account: 'of another account: --strict, or the settings',
  own: 'Dragoman’s own',
};

/**
 * Prints what an agent that is started here would get of the environment: what is set, what is taken out and why, what stays only because
 * it is to be kept. Of the user's own variables names alone are told; `launch` holds no key.
 */
export function showEnvironment(
  context: CommandContext,
  agent: AgentId,
  { executable, args, environment }: PlannedLaunch,
  rules: RemovalRules,
): void {
  const own = { ...proxyVariables(context.environment), ...environment };
  const set = Object.entries(own)
    .map(([name, value]) => ({ name, value: concealLine(value) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const { removed, kept } = listedVariables(context.environment, rules);
  const variables = { set, removed, kept };
  print(context, { agent, executable, args, environment: variables }, [
    'Set:',
    ...set.map(({ name, value }) => `  ${name}=${value}`),
    'Taken out:',
    ...(removed.length === 0 ? ['  nothing: none of the list is set here'] : []),
    ...removed.map(({ name, why }) => `  ${name}  (${reasons[why]})`),
    ...(kept.length === 0 ? [] : ['Kept, though on the list:', ...kept.map(({ name }) => `  ${name}`)]),
    'All else goes on as it is. `--keep NAME` keeps one, `--strict` takes other accounts’ out, too.',
  ]);
}
