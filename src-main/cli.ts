import { runCommandLine } from './commands/main.ts';

const exitCode = await runCommandLine(process.argv.slice(2));
// Whatever still waits (a keychain that hangs, a kept connection) is of no use any more; what was printed is written out first.
process.stdout.write('', () => process.exit(exitCode));
