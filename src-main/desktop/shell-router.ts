import { implement, ORPCError } from '@orpc/server';
import { shell } from 'electron';
import { type AgentStart, shellContract } from '../../src-shared/shell-contract.ts';
import type { Places } from './places.ts';
import type { StartStates } from './start-state.ts';
import { hasTrayHost } from './tray-host.ts';

export interface ShellParts {
  readonly start: StartStates;
  readonly places: Places;
  /** Folder of settings and state. */
  readonly home: string;
  readonly startAgent: (start: AgentStart) => Promise<boolean>;
  /** The user would rather not go on. */
  readonly quit: () => void;
}

/** The procedures that the desktop app offers its window beside the service's. */
export function createShellRouter({ start, places, home, startAgent, quit }: ShellParts) {
  const procedures = implement(shellContract);
  return procedures.router({
    start: procedures.start.handler(({ signal }) => start.follow(signal)),
    answer: procedures.answer.handler(({ input }) => start.answer(input.answer)),
    places: procedures.places.handler(({ signal }) => places.follow(signal)),
    facts: procedures.facts.handler(async () => ({ tray: await hasTrayHost() })),
    openDataFolder: procedures.openDataFolder.handler(async () => {
      const problem = await shell.openPath(home);
      if (problem !== '') throw new Error(`the folder could not be opened: ${problem}`);
    }),
    startAgent: procedures.startAgent.handler(({ input }) =>
      startAgent(input).catch((error: unknown) => {
        throw new ORPCError('PRECONDITION_FAILED', { message: error instanceof Error ? error.message : String(error) });
      }),
    ),
    quit: procedures.quit.handler(() => quit()),
  });
}
