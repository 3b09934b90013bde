import type { Surroundings } from './coding-agent.ts';
import { askLoginShell } from './login-shell.ts';

/** How long what a login shell said is taken for true; milliseconds. Starting one costs up to seconds of processor time. */
const trustedMs = 5 * 60_000;

export interface LoginVariables {
  /**
   * What a variable has where the user logs in; null where it is not set. Without a shell that could be asked, what it has in this process.
   * `refresh`: asks now instead of telling what is known.
   */
  value(name: string, refresh: boolean): Promise<string | null>;
}

/** Variables of the user's login shell, remembered for some minutes. `now` in milliseconds since 1970. */
export function createLoginVariables(
  surroundings: Surroundings,
  now: () => number,
  ask: typeof askLoginShell = askLoginShell,
): LoginVariables {
  const known = new Map<string, { readonly at: number; readonly value: Promise<string | null> }>();
  return {
    value: (name, refresh) => {
      const before = known.get(name);
      if (!refresh && before !== undefined && now() - before.at < trustedMs) return before.value;
      const value = ask(surroundings, [name]).then((found) =>
        found === null ? surroundings.environment[name] || null : (found.get(name) ?? null),
      );
      known.set(name, { at: now(), value });
      return value;
    },
  };
}
