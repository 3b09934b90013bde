import { implement } from '@orpc/server';
import { shell } from 'electron';
import { shellContract } from '../../src-shared/shell-contract.ts';
import type { StartStates } from './start-state.ts';
import { hasTrayHost } from './tray-host.ts';

export interface ShellParts {
  readonly start: StartStates;
  /** Folder of settings and state. */
  readonly home: string;
  /** The user would rather not go on. */
  readonly quit: () => void;
}

/** The procedures that the desktop app offers its window beside the service's. */
export function createShellRouter({ start, home, quit }: ShellParts) {
  const procedures = implement(shellContract);
  return procedures.router({
    start: procedures.start.handler(({ signal }) => start.follow(signal)),
    answer: procedures.answer.handler(({ input }) => start.answer(input.answer)),
    facts: procedures.facts.handler(async () => ({ tray: await hasTrayHost() })),
    openDataFolder: procedures.openDataFolder.handler(async () => {
      const problem = await shell.openPath(home);
      if (problem !== '') throw new Error(`the folder could not be opened: ${problem}`);
    }),
    quit: procedures.quit.handler(() => quit()),
  });
}
