import { type BrowserWindow, dialog, type MessageBoxOptions } from 'electron';
import type { QuitWarning } from './agents-here.ts';

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

/** Quitting hurts agents. `switch-off`: they go back to the user's own settings before. */
export async function askAboutQuitting(
  parent: BrowserWindow | null,
  { message, detail, isSetUp }: QuitWarning,
): Promise<'quit' | 'switch-off' | 'stay'> {
  const answers = isSetUp ? (['quit', 'switch-off', 'stay'] as const) : (['quit', 'stay'] as const);
  const labels = { quit: 'Quit', 'switch-off': 'Switch agents off and quit', stay: 'Keep running' };
  const { response } = await ask(parent?.isVisible() === true ? parent : null, {
    type: 'warning',
    message,
    detail,
    buttons: answers.map((answer) => labels[answer]),
    defaultId: answers.length - 1,
    cancelId: answers.length - 1,
  });
  return answers[response] ?? 'stay';
}

/** What could not be done. While Electron's own error box is open the service stands still and answers nobody; while this one is, it goes on. */
export async function explainFailure(parent: BrowserWindow | null, message: string): Promise<void> {
  await ask(parent?.isVisible() === true ? parent : null, { type: 'error', message, buttons: ['OK'] });
}

function ask(parent: BrowserWindow | null, options: MessageBoxOptions) {
  const ordered = { ...options, title: 'Dragoman', noLink: true };
  return parent === null ? dialog.showMessageBox(ordered) : dialog.showMessageBox(parent, ordered);
}
