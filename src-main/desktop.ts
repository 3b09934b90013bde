import { app } from 'electron';
import { watchParents } from './commands/parent.ts';
import { readStart } from './desktop/arguments.ts';
import { runDesktop } from './desktop/run.ts';

const start = readStart(process.argv, process.defaultApp === true);
if (start.kind === 'desktop') {
  runDesktop(start.options, watchParents(process.env));
} else {
  // The installed executable takes the commands of the command line. Awaited here, before the app gets ready: no window, display or tray.
  const { runCommandLine } = await import('./commands/main.ts');
  const exitCode = await runCommandLine(start.args);
  process.stdout.write('', () => app.exit(exitCode));
}
