import { type Rectangle, screen } from 'electron';
import ElectronStore from 'electron-store';

interface WindowState {
  readonly bounds: Rectangle;
  readonly maximised: boolean;
  /** The user was told that this desktop shows no tray, and wants to hear it no more. */
  readonly trayExplained: boolean;
}

/** What the window keeps from run to run, in `<home>/window.json`. */
export interface WindowMemory {
  /** Where to open: as it was, if that is still on a screen, else in the middle of the main one. */
  bounds(): { readonly width: number; readonly height: number; readonly x?: number; readonly y?: number };
  maximised(): boolean;
  trayExplained(): boolean;
  remember(state: Partial<WindowState>): void;
}

const smallest = { width: 900, height: 600 };
const usual = { width: 1180, height: 760 };

export function openWindowMemory(home: string): WindowMemory {
  const store = new ElectronStore<Partial<WindowState>>({ name: 'window', cwd: home, clearInvalidConfig: true });
  return {
    bounds() {
      const bounds = store.get('bounds');
      if (!isRectangle(bounds)) return usual;
      const size = { width: Math.max(bounds.width, smallest.width), height: Math.max(bounds.height, smallest.height) };
      const { workArea } = screen.getDisplayMatching(bounds);
      return overlaps(bounds, workArea) ? { ...size, x: bounds.x, y: bounds.y } : size;
    },
    maximised: () => store.get('maximised') === true,
    trayExplained: () => store.get('trayExplained') === true,
    remember: (state) => store.set(state),
  };
}

/** The file may have been edited by hand. */
function isRectangle(value: unknown): value is Rectangle {
  if (typeof value !== 'object' || value === null) return false;
  return ['x', 'y', 'width', 'height'].every((name) =>
    Number.isInteger(Object.entries(value).find(([key]) => key === name)?.[1]),
  );
}

/** Enough of it is seen to be grabbed. */
function overlaps(bounds: Rectangle, area: Rectangle): boolean {
  const across = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x);
  const down = Math.min(bounds.y + bounds.height, area.y + area.height) - Math.max(bounds.y, area.y);
  return across >= 100 && down >= 50;
}
