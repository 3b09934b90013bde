import { app, Menu, type MenuItemConstructorOptions } from 'electron';

/** The application's menu: what the keyboard does on every system, and developer tools in development only. */
export function setApplicationMenu(quit: () => void): void {
  const quitItem: MenuItemConstructorOptions = {
    label: 'Quit Dragoman',
    accelerator: 'CommandOrControl+Q',
    click: quit,
  };
  const own: MenuItemConstructorOptions =
    process.platform === 'darwin'
      ? {
          label: 'Dragoman',
          submenu: [{ role: 'about' }, { type: 'separator' }, { role: 'hide' }, { role: 'hideOthers' }, quitItem],
        }
      : { label: '&File', submenu: [{ role: 'close' }, { type: 'separator' }, quitItem] };
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
    ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' } as const, { role: 'reload' } as const]),
  ];
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([own, { role: 'editMenu' }, { label: '&View', submenu: view }, { role: 'windowMenu' }]),
  );
}
