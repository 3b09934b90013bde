import { eventIterator, oc, type } from '@orpc/contract';
import { z } from 'zod';
import { agentIds } from './agents.ts';
import type { PortTaken } from './settings-contract.ts';

/** What the desktop app offers its own window beside the control contract; a window in a browser has none of it. */

/** What becomes of the service's start. */
export type StartState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  /** `kept`: accepting the offered port writes it into the settings; else it is for this run. */
  | { readonly kind: 'port-taken'; readonly taken: PortTaken; readonly kept: boolean }
  /** Another shell serves this home. `hasWindow`: that shell's window can be opened in a browser. */
  | { readonly kind: 'runs-already'; readonly pid: number; readonly url: string; readonly hasWindow: boolean }
  | { readonly kind: 'failed'; readonly message: string };

/** What to do about it. `move`: listen on the port that was offered. `browser`: open the other shell's window and quit. */
export const startAnswers = ['retry', 'move', 'browser'] as const;
export type StartAnswer = (typeof startAnswers)[number];

export interface ShellFacts {
  /** Whether this desktop shows a tray now. */
  readonly tray: boolean;
}

const agentStart = z.strictObject({ agent: z.enum(agentIds), model: z.string().min(1).optional() });
export type AgentStart = Readonly<z.infer<typeof agentStart>>;

/** A place of the window that the tray leads to. */
export type AskedPlace = 'agents';

export const shellContract = {
  /** The state as it is, and each one that follows. */
  start: oc.output(eventIterator(type<StartState>())),
  /** Is ignored where nothing is asked. */
  answer: oc.input(z.strictObject({ answer: z.enum(startAnswers) })).output(z.void()),
  /** Each place that the user asks for outside the window; the window goes there. */
  places: oc.output(eventIterator(type<AskedPlace>())),
  facts: oc.output(type<ShellFacts>()),
  /** Shows the folder of settings and state in the system's file manager. */
  openDataFolder: oc.output(z.void()),
  /** Asks for a folder and starts an agent there in the user's terminal, touching none of its files. False: no folder was chosen. */
  startAgent: oc.input(agentStart).output(z.boolean()),
  quit: oc.output(z.void()),
};
