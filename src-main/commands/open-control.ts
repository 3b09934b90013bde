import type { ControlClient } from '../control/client.ts';
import { findRunning } from '../control/run-file.ts';
import type { CommandContext } from './context.ts';

/**
 * The control contract of this home: the running service's over HTTP, or where none runs the same procedures in this process.
 * Errors have words for people.
 */
export async function withControl<Result>(
  context: CommandContext,
  use: (control: ControlClient) => Promise<Result>,
): Promise<Result> {
  const [running, { connectControl, localControl }] = await Promise.all([
    findRunning(context.home),
    import('../control/client.ts'),
  ]);
  if (running !== null) return use(connectControl(running.url, running.token));
  const { createServiceParts } = await import('../control/service-parts.ts');
  const parts = await createServiceParts(context);
  try {
    return await use(localControl(parts));
  } finally {
    await parts.close();
  }
}
