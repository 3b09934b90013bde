import { type BrowserWindow, dialog, type MessageBoxOptions } from 'electron';
import type { PortOwner } from './port-owner.ts';

export interface PortTaken {
  readonly port: number;
  readonly host: string;
  readonly owner: PortOwner | null;
  /** A port that is free, to be offered. */
  readonly free: number | null;
  /** Accepting the offer changes the settings file. */
  readonly kept: boolean;
}

/** Who has the port, and what to do: it is never changed without being asked. */
export async function askAboutPort(parent: BrowserWindow | null, taken: PortTaken): Promise<'retry' | 'move' | 'quit'> {
  const { port, owner, free, host, kept } = taken;
  const who = owner === null ? 'another program' : `${owner.name} (process ${owner.pid})`;
  const choices = ['Try again', ...(free === null ? [] : [`Use port ${free}`]), 'Quit'];
  const move = free === null ? '' : ` Agents that point to port ${port} would have to be pointed to ${free}.`;
  const detail = `End that program and try again, or let Dragoman listen on another port.${move}`;
  const { response } = await ask(parent, {
    type: 'warning',
    message: `Port ${port} on ${host} is taken by ${who}.`,
    detail: free === null || !kept ? detail : `${detail} The new port is written to the settings file.`,
    buttons: choices,
    defaultId: 0,
    cancelId: choices.length - 1,
  });
  if (response === 0) return 'retry';
  return free !== null && response === 1 ? 'move' : 'quit';
}

/** Something else keeps the service from starting. */
export async function askAboutStart(parent: BrowserWindow | null, message: string): Promise<'retry' | 'quit'> {
  const { response } = await ask(parent, {
    type: 'error',
    message: 'Dragoman could not start its gateway.',
    detail: message,
    buttons: ['Try again', 'Quit'],
    defaultId: 0,
    cancelId: 1,
  });
  return response === 0 ? 'retry' : 'quit';
}

/** A service of this home that another shell runs. */
export async function askAboutRunning(
  parent: BrowserWindow | null,
  running: { readonly pid: number; readonly url: string; readonly ui: string | null },
): Promise<'retry' | 'browser' | 'quit'> {
  const choices = ['Try again', ...(running.ui === null ? [] : ['Open its window in the browser']), 'Quit'];
  const { response } = await ask(parent, {
    type: 'info',
    message: 'Dragoman already runs without its window.',
    detail: `Process ${running.pid} serves these settings at ${running.url}, probably as \`dragoman serve\`. End it and try again to have window and tray here.`,
    buttons: choices,
    defaultId: 0,
    cancelId: choices.length - 1,
  });
  if (response === 0) return 'retry';
  return running.ui !== null && response === 1 ? 'browser' : 'quit';
}

/** Why the window is about to minimise instead of hiding. */
export async function explainMissingTray(
  parent: BrowserWindow,
): Promise<{ readonly choice: 'minimise' | 'quit' | 'stay'; readonly never: boolean }> {
  const { response, checkboxChecked } = await ask(parent, {
    type: 'info',
    message: 'This desktop shows no tray icons.',
    detail:
      'So that you find Dragoman again, its window is minimised instead of hidden; the gateway goes on. On GNOME the extension “AppIndicator and KStatusNotifierItem Support” adds a tray.',
    buttons: ['Minimise', 'Quit Dragoman', 'Cancel'],
    defaultId: 0,
    cancelId: 2,
    checkboxLabel: 'Do not say this again',
  });
  const choice = response === 0 ? 'minimise' : response === 1 ? 'quit' : 'stay';
  return { choice, never: checkboxChecked };
}

/** Quitting hurts somebody who is at work. False: the user would rather go on. */
export async function askAboutQuitting(
  parent: BrowserWindow | null,
  warning: { readonly message: string; readonly detail: string },
): Promise<boolean> {
  const { response } = await ask(parent?.isVisible() === true ? parent : null, {
    type: 'warning',
    ...warning,
    buttons: ['Quit', 'Keep running'],
    defaultId: 1,
    cancelId: 1,
  });
  return response === 0;
}

function ask(parent: BrowserWindow | null, options: MessageBoxOptions) {
  const ordered = { ...options, title: 'Dragoman', noLink: true };
  return parent === null ? dialog.showMessageBox(ordered) : dialog.showMessageBox(parent, ordered);
}
