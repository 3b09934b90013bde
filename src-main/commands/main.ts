import { homedir } from 'node:os';
import packageDescription from '../../package.json' with { type: 'json' };
import { defaultHome, homeDirectory } from '../settings/home.ts';
import { type CommandContext, Refusal, UsageError } from './context.ts';
import { watchParents } from './parent.ts';

const usage = `Usage: dragoman COMMAND [--home DIR] [--json]

  desktop [--hidden]                                           the app with tray and window
  serve [--port N] [--host H] [--key KEY] [--no-ui] [--open]   the service without a window
  models [--refresh]                                           servers and models, loaded state, context in force
  check MODEL [--apply]                                        the check-up of a model; --apply sets the flags that it learnt
  agents                                                       coding agents: installed, state, model, conflicts
  setup AGENT [--model ID] [--slot NAME=ID]… [--folder DIR | --profile | --wsl NAME] [--key-from file|env] [--dry-run]
                                                               writes its configuration; --dry-run only shows the change
  undo AGENT [--folder DIR | --profile | --wsl NAME] [--keep] [--dry-run]   takes exactly that back; --keep remembers it for later
  undo --all [--keep] [--dry-run]                              of every agent that is set up
  run AGENT [--model ID] [--slot NAME=ID]… [--strict] [--keep NAME]… [-- ARGS…]
                                                               starts it with flags and variables only, without other providers' keys
  run AGENT --show-environment                                 only tells what that sets, and what it takes out
  key new --name NAME [--scope SCOPE]… [--model PATTERN]… [--expires TIME]
  key list
  key show ID|NAME|AGENT                                       the key itself, where the keychain keeps it
  key allow ID|NAME PATTERN…                                   the models it may call; * stands for anything
  key rotate ID|NAME [--dry-run]                               a new key in its place, also in the files of its agent
  key revoke ID|NAME                                           local keys, which agents present
  server list [--refresh]                                      servers, found here or in the settings, and their state
  server add ID --kind KIND [--base-url URL] [--secret-from keychain|env:NAME|file:PATH|none] [--header NAME]
             [--protocol auto|messages|chat|responses]         with keychain the secret is read from standard input
             [--proxy system|none|URL] [--ca-file FILE] [--insecure]
  server rm ID                                                 takes its secret out of the keychain, too
  secret set UPSTREAM                                          stores an upstream's secret, read from standard input
  secret rm UPSTREAM
  secret confirm UPSTREAM                                      lets it go to the upstream's base URL as it is now

--home DIR   where settings and state stand (else DRAGOMAN_HOME, else the system's place for configuration)
--json       one JSON document on standard output, words on standard error
Exit codes: 0 done, 1 failed, 2 wrong usage
`;

const laterCommands: ReadonlySet<string> = new Set(['usage']);

/** Which module has the command; each is loaded only when it is called. */
async function run(name: string, context: CommandContext): Promise<number> {
  switch (name) {
    case 'serve':
      return (await import('./serve.ts')).serveCommand(context);
    case 'models':
      return (await import('./models.ts')).modelsCommand(context);
    case 'check':
      return (await import('./check.ts')).checkCommand(context);
    case 'agents':
      return (await import('./agents.ts')).agentsCommand(context);
    case 'setup':
      return (await import('./setup.ts')).setupCommand(context);
    case 'undo':
      return (await import('./undo.ts')).undoCommand(context);
    case 'run':
      return (await import('./run.ts')).runCommand(context);
    case 'key':
      return (await import('./key.ts')).keyCommand(context);
    case 'server':
      return (await import('./server.ts')).serverCommand(context);
    case 'secret':
      return (await import('./secret.ts')).secretCommand(context);
    default:
      if (laterCommands.has(name)) throw new UsageError(`\`${name}\` comes with a later version of Dragoman`);
      throw new UsageError(`there is no command "${name}"`);
  }
}

/** The two options that every command takes may stand anywhere before a bare `--`; the rest is the command's. */
function contextOf(args: readonly string[]): { readonly name: string | undefined; readonly context: CommandContext } {
  const rest: string[] = [];
  let home: string | undefined;
  let json = false;
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (arg === '--') {
      rest.push(...args.slice(index));
      break;
    }
    if (arg === '--json') json = true;
    else if (arg.startsWith('--home=')) home = arg.slice('--home='.length);
    else if (arg === '--home') home = args[++index] ?? '';
    else rest.push(arg);
    if (home === '') throw new UsageError('--home wants a directory');
  }
  const [name, ...commandArgs] = rest;
  const surroundings = { platform: process.platform, environment: process.env, userDirectory: homedir() };
  return {
    name,
    context: {
      args: commandArgs,
      json,
      home: homeDirectory(home, surroundings),
      defaultHome: defaultHome(surroundings),
      version: packageDescription.version,
      environment: process.env,
      parentGone: watchParents(process.env),
    },
  };
}

/**
 * Does what the command line says (`args` without the program's own name) and resolves with the exit code. What was printed may still be
 * on its way out then.
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  try {
    const { name, context } = contextOf(args);
    if (name === '--version') {
      process.stdout.write(`${context.version}\n`);
      return 0;
    }
    if (name === '--help' || name === '-h' || name === 'help' || context.args.includes('--help')) {
      process.stdout.write(usage);
      return 0;
    }
    if (name === undefined) throw new UsageError('say what to do');
    return await run(name, context);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`dragoman: ${error.message}\n\n${usage}`);
      return 2;
    }
    const message = error instanceof Refusal ? error.message : describeFailure(error);
    process.stderr.write(`dragoman: ${message}\n`);
    return 1;
  }
}

function describeFailure(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
