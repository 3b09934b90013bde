import { type BrowserWindow, dialog, type OpenDialogOptions } from 'electron';
import type { AgentStart } from '../../src-shared/shell-contract.ts';
import { ownProgram } from './own-program.ts';
import { openTerminal } from './terminal.ts';

export interface StartAgentParts {
  /** Absolute. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** In front of which the user is asked; null where there is none. */
  readonly window: () => BrowserWindow | null;
}

/** Asks for the folder to work in and starts an agent there in the user's terminal, with `dragoman run`. False where no folder was chosen. */
export async function startAgent(
  { home, environment, window }: StartAgentParts,
  { agent, model }: AgentStart,
): Promise<boolean> {
  const options: OpenDialogOptions = {
    title: 'Folder to work in',
    buttonLabel: 'Start here',
    properties: ['openDirectory', 'createDirectory'],
  };
  const parent = window();
  const { filePaths } = await (parent === null
    ? dialog.showOpenDialog(options)
    : dialog.showOpenDialog(parent, options));
  const [folder] = filePaths;
  if (folder === undefined) return false;
  const wanted = model === undefined ? [] : ['--model', model];
  const command = [...ownProgram(environment), 'run', agent, '--home', home, ...wanted];
  await openTerminal({ command, folder }, environment);
  return true;
}
