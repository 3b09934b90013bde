import { type RemovalReason, removalReasons } from '../../src-shared/agents.ts';
import { withLoopback } from './no-proxy.ts';
import { removableVariables } from './provider-variables.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What of the list is taken out; a `*` at the end of a name stands for any ending. */
export interface RemovalRules {
  /** Whether other accounts' variables are taken out, too. */
  readonly strict: boolean;
  /** Names that stay. */
  readonly kept: readonly string[];
}

/** Nothing chosen by the user. */
export const usualRules: RemovalRules = { strict: false, kept: [] };

/** A variable of the list that is set. */
export interface ListedVariable {
  readonly name: string;
  readonly why: RemovalReason;
}

/** Which variables of an environment are on the list, taken out or kept by the rules; by name. */
export function listedVariables(
  environment: Environment,
  { strict, kept }: RemovalRules,
): { readonly removed: readonly ListedVariable[]; readonly kept: readonly ListedVariable[] } {
  const listed = Object.keys(environment)
    .filter((name) => environment[name] !== undefined)
    .toSorted()
    .flatMap((name): readonly ListedVariable[] => {
      const why = reasonsOf(strict).find((reason) =>
        removableVariables[reason].some((pattern) => matches(pattern, name)),
      );
      return why === undefined ? [] : [{ name, why }];
    });
  // What is our own is no agent's, whatever is to be kept.
  const stays = ({ name, why }: ListedVariable): boolean =>
    why !== 'own' && kept.some((pattern) => matches(pattern.toUpperCase(), name));
  return { removed: listed.filter((variable) => !stays(variable)), kept: listed.filter(stays) };
}

/** What the rules take out, where it is set. */
export function reasonsOf(strict: boolean): readonly RemovalReason[] {
  return removalReasons.filter((reason) => strict || reason !== 'account');
}

/** The environment for an agent that we start: without what the rules take out, with `own` ones on top, and round any proxy for this computer. */
export function cleanEnvironment(
  environment: Environment,
  own: Readonly<Record<string, string>>,
  rules: RemovalRules = usualRules,
): Record<string, string> {
  const { removed } = listedVariables(environment, rules);
  const names = new Set(removed.map(({ name }) => name));
  const clean = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || names.has(name) ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(clean), ...proxyVariables(environment), ...own };
}

/** The user's own values of NO_PROXY with this computer's names added. The lower-case name beats the other one where it is set. */
export function proxyVariables({ NO_PROXY, no_proxy }: Environment): Readonly<Record<string, string>> {
  return {
    NO_PROXY: withLoopback(NO_PROXY ?? no_proxy),
    ...(no_proxy !== undefined && { no_proxy: withLoopback(no_proxy) }),
  };
}

/** Windows knows no case in the names of variables; elsewhere nobody writes these ones in lower case. */
export function matches(pattern: string, name: string): boolean {
  const upper = name.toUpperCase();
  const [start = '', end] = pattern.split('*');
  return end === undefined ? upper === pattern : upper.startsWith(start) && upper.endsWith(end);
}
