import { join } from 'node:path';
import { Menu, type MenuItemConstructorOptions, nativeImage, Tray } from 'electron';
import type { TrayAct, TrayIcon, TrayItem, TrayView } from './tray-menu.ts';

export interface DesktopTray {
  /** Shows this view in place; one that looks the same changes nothing, so that an open menu stays open. */
  update(view: TrayView): void;
  destroy(): void;
}

/** `assets`: the folder with the icons. `act` is called with what a click asks for. */
export function createTray(assets: string, view: TrayView, act: (act: TrayAct) => void): DesktopTray {
  const tray = new Tray(iconImage(assets, view.icon));
  let shown = '';
  let icon: TrayIcon = view.icon;

  function update(next: TrayView): void {
    const looks = JSON.stringify(next);
    if (looks === shown) return;
    shown = looks;
    if (next.icon !== icon) tray.setImage(iconImage(assets, next.icon));
    icon = next.icon;
    tray.setToolTip(next.tooltip);
    // On Linux a changed menu is only seen when it is set again (Electron's docs, api/tray.md).
    tray.setContextMenu(Menu.buildFromTemplate(next.items.map((item) => menuItem(item, act))));
  }

  update(view);
  // Where a click opens no menu (Windows), it opens the window.
  tray.on('click', () => {
    if (process.platform === 'win32') act({ kind: 'open' });
  });
  return { update, destroy: () => tray.destroy() };
}

/** On macOS a template image, which the menu bar colours itself. */
function iconImage(assets: string, icon: TrayIcon): Electron.NativeImage {
  const template = process.platform === 'darwin' ? 'Template' : '';
  return nativeImage.createFromPath(join(assets, 'tray', `${icon}${template}.png`));
}

function menuItem(item: TrayItem, act: (act: TrayAct) => void): MenuItemConstructorOptions {
  switch (item.type) {
    case 'separator':
      return { type: 'separator' };
    case 'label':
      return { label: plain(item.label), enabled: false };
    case 'submenu':
      return { label: plain(item.label), submenu: item.items.map((inner) => menuItem(inner, act)) };
    case 'normal':
    case 'radio':
    case 'checkbox':
      return {
        type: item.type,
        label: plain(item.label),
        enabled: item.enabled ?? true,
        ...(item.checked !== undefined && { checked: item.checked }),
        click: () => act(item.act),
      };
  }
}

/** A single & marks an access key and would vanish from a model's name. */
function plain(label: string): string {
  return label.replaceAll('&', '&&');
}
