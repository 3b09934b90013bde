import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { root } from '../tiers.mjs';
import { within } from './app.ts';

export interface MenuLine {
  readonly label: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly checked: boolean;
  readonly children: readonly MenuLine[];
}

const menuLine: z.ZodType<MenuLine> = z.lazy(() =>
  z.object({
    label: z.string(),
    type: z.string(),
    enabled: z.boolean(),
    checked: z.boolean(),
    children: z.array(menuLine),
  }),
);
const answers = {
  menu: z.object({ menu: menuLine.nullable() }),
  item: z.object({ item: z.object({ tooltip: z.string(), icon: z.string() }).nullable() }),
  clicked: z.object({ clicked: z.boolean() }),
};

const failure = z.object({ error: z.string() });

/** A desktop's tray on the session bus. */
export interface TrayHost {
  /** The lines of the app's menu; none as long as there is no icon. */
  menu(): Promise<readonly MenuLine[]>;
  item(): Promise<{ readonly tooltip: string; readonly icon: string } | null>;
  /** Clicks the line under these labels. False: there is none. */
  click(...path: string[]): Promise<boolean>;
  stop(): Promise<void>;
}

export async function startTrayHost(): Promise<TrayHost> {
  // Debian's own Python has the D-Bus packages, whatever else PATH holds.
  const child = spawn('/usr/bin/python3', [join(root, 'test/electron/tray-host.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the tray host ended');
    const said: unknown = JSON.parse(value);
    const failed = failure.safeParse(said);
    if (failed.success) throw new Error(`the tray host failed: ${failed.data.error}`);
    return said;
  };
  await next();
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (question: unknown): Promise<unknown> => {
    turn = turn.then(() => {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      return next();
    });
    return turn;
  };
  return {
    menu: async () => answers.menu.parse(await ask({ do: 'menu' })).menu?.children ?? [],
    item: async () => answers.item.parse(await ask({ do: 'item' })).item,
    click: async (...path) => answers.clicked.parse(await ask({ do: 'click', path })).clicked,
    async stop() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** The lines under the labels of `path`, once they are as wanted. */
export function linesUnder(
  tray: TrayHost,
  path: readonly string[],
  wanted: (lines: readonly MenuLine[]) => boolean,
): Promise<readonly MenuLine[]> {
  return within(10_000, async () => {
    let lines: readonly MenuLine[] | undefined = await tray.menu();
    for (const label of path) lines = lines?.find((line) => line.label === label)?.children;
    return lines !== undefined && wanted(lines) ? lines : undefined;
  });
}

export const isChecked =
  (label: string) =>
  (lines: readonly MenuLine[]): boolean =>
    lines.some((line) => line.label === label && line.checked);
