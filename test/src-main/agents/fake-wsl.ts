import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createWsl, type Wsl } from '../../../src-main/agents/wsl.ts';

/** A distribution, whose home stands in a folder of this system. */
export interface FakeDistribution {
  /** Absolute path of its user's home; null: none runs. */
  readonly home: string;
  /** What `wslinfo --networking-mode` says; null where there is no such program. */
  readonly networking: string | null;
  /** What its kernel calls itself. */
  readonly kernel?: string;
}

/**
 * WSL as Windows has it, by a program `wsl.exe` in this folder: it writes names in UTF-16, and runs scripts with this system's sh as another
 * user's. Paths in distributions are those of this system, and mean the distribution where they are below its home.
 */
export function fakeWsl(folder: string, distributions: Readonly<Record<string, FakeDistribution>>): Wsl {
  const bin = join(folder, 'windows');
  mkdirSync(bin, { recursive: true });
  const program = (path: string, text: string): void => {
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
  };
  const names = Object.keys({ ...distributions, 'docker-desktop': null });
  const list = join(folder, 'names');
  writeFileSync(list, Buffer.from(`${names.join('\r\n')}\r\n`, 'utf16le'));
  const cases = Object.entries(distributions).map(
    ([name, { home, networking, kernel = '6.6.0-microsoft-standard-WSL2' }]) => {
      const own = join(folder, `bin-${name}`);
      mkdirSync(own, { recursive: true });
      program(join(own, 'uname'), `echo '${kernel}'`);
      program(join(own, 'ip'), "echo 'default via 172.27.16.1 dev eth0 proto kernel'");
      if (networking !== null) program(join(own, 'wslinfo'), `echo ${networking}`);
      return `'${name}') exec env -i HOME='${home}' SHELL=/bin/sh PATH='${own}:/usr/bin:/bin' sh ;;`;
    },
  );
  program(
    join(bin, 'wsl.exe'),
    `[ "$*" = "-l -q --running" ] && exec cat '${list}'\n[ "$1 $3 $4 $5" = "-d -e sh -l" ] || exit 1\ncase "$2" in\n${cases.join('\n')}\nesac\nexit 1`,
  );
  const environment = { PATH: [bin, process.env.PATH ?? ''].join(delimiter) };
  const wsl = createWsl({ platform: 'win32', environment, userDirectory: folder });
  if (wsl === null) throw new Error('Windows has WSL');
  return {
    ...wsl,
    path: (_distribution, path) => path,
    inside: (path) => {
      const found = Object.entries(distributions).find(([, { home }]) => path.startsWith(`${home}/`));
      return found === undefined ? null : { distribution: found[0], path };
    },
  };
}
