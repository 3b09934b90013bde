/** What the executable was started for. */
export type Start =
  /** The command line, without window. `args` as `dragoman` takes them. */
  | { readonly kind: 'command'; readonly args: readonly string[] }
  | { readonly kind: 'desktop'; readonly options: DesktopArguments };

export interface DesktopArguments {
  readonly home?: string;
  /** Shows no window, as at login. */
  readonly hidden: boolean;
  /** Prints the listening line as JSON, as `serve --json` does. */
  readonly json: boolean;
  readonly port?: number;
  readonly host?: string;
  /** A local key for this run only. */
  readonly key?: string;
}

const withValue = ['home', 'port', 'host', 'key'] as const;

/**
 * Reads an Electron program's `argv`. The first word is a command of the command line (`desktop` is the app itself); before it Chromium's own
 * switches (`--no-sandbox`, `--inspect=0`) may stand, which are not ours to judge. `appGiven`: the program is a bare Electron whose first
 * word names the app (`process.defaultApp`).
 */
export function readStart(argv: readonly string[], appGiven: boolean): Start {
  const own = argv.slice(1);
  const args = appGiven ? withoutFirstWord(own) : own;
  const values: Partial<Record<(typeof withValue)[number], string>> = {};
  const flags = new Set<string>();
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    const named = withValue.find((name) => arg === `--${name}` || arg.startsWith(`--${name}=`));
    if (named !== undefined) {
      const value = arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : args[++index];
      if (value !== undefined) values[named] = value;
    } else if (arg === '--version' || arg === '--help' || arg === '-h') {
      return { kind: 'command', args: [arg] };
    } else if (arg.startsWith('-')) {
      flags.add(arg);
    } else if (arg !== 'desktop') {
      return { kind: 'command', args: [...shared(values.home, flags), ...args.slice(index)] };
    }
  }
  const port = Number(values.port);
  return {
    kind: 'desktop',
    options: {
      hidden: flags.has('--hidden'),
      json: flags.has('--json'),
      ...(values.home && { home: values.home }),
      ...(values.host && { host: values.host }),
      ...(values.key && { key: values.key }),
      ...(values.port !== undefined && Number.isInteger(port) && port >= 0 && port <= 65_535 && { port }),
    },
  };
}

/** The options that every command takes may stand before its name. */
function shared(home: string | undefined, flags: ReadonlySet<string>): readonly string[] {
  return [...(home === undefined ? [] : ['--home', home]), ...(flags.has('--json') ? ['--json'] : [])];
}

function withoutFirstWord(args: readonly string[]): readonly string[] {
  // `-r FILE` is Electron's own, before the app's name.
  const first = args.findIndex((arg, index) => !arg.startsWith('-') && !/^(-r|--require)$/.test(args[index - 1] ?? ''));
  return first === -1 ? [] : args.slice(first + 1);
}
