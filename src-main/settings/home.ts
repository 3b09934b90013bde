import { isAbsolute, join, resolve } from 'node:path';

/** What the home's place depends on; handed in so that every system's rule can be tested on any. */
export interface HomeSurroundings {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user's own directory (`os.homedir()`). */
  readonly userDirectory: string;
}

/** Where settings and state stand when nobody says otherwise, as an absolute path. */
export function defaultHome({ platform, environment, userDirectory }: HomeSurroundings): string {
  switch (platform) {
    case 'darwin':
      return join(userDirectory, 'Library', 'Application Support', 'Dragoman');
    case 'win32':
      return join(environment.APPDATA || join(userDirectory, 'AppData', 'Roaming'), 'Dragoman');
    default: {
      // A relative XDG_CONFIG_HOME is invalid and ignored (XDG Base Directory Specification).
      const configured = environment.XDG_CONFIG_HOME;
      return join(configured && isAbsolute(configured) ? configured : join(userDirectory, '.config'), 'Dragoman');
    }
  }
}

/** `--home DIR`, else DRAGOMAN_HOME, else the system's place; absolute. */
export function homeDirectory(flag: string | undefined, surroundings: HomeSurroundings): string {
  const named = flag || surroundings.environment.DRAGOMAN_HOME;
  return named ? resolve(named) : defaultHome(surroundings);
}
