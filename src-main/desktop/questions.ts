import { type BrowserWindow, dialog, type MessageBoxOptions } from 'electron';

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
