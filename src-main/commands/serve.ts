import { serve } from '../serve.ts';
import { type CommandContext, readArguments, UsageError } from './context.ts';

/** `dragoman serve`: runs until a signal ends it. */
export async function serveCommand(context: CommandContext): Promise<number> {
  const { values, positionals } = readArguments(context.args, {
    port: { type: 'string' },
    host: { type: 'string' },
    key: { type: 'string' },
    'no-ui': { type: 'boolean' },
    open: { type: 'boolean' },
  });
  if (positionals.length > 0) throw new UsageError(`serve takes no "${positionals[0]}"`);
  const { port, host } = values;
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) <= 65_535)) {
    throw new UsageError('--port wants a number from 0 to 65535');
  }
  if (host === '') throw new UsageError('--host wants an address');
  if (values.key === '') throw new UsageError('--key wants a key');
  const key = values.key ?? context.environment.DRAGOMAN_KEY;
  return serve({
    ...context,
    ...(port !== undefined && { port: Number(port) }),
    ...(host !== undefined && { host }),
    ...(key && { key }),
    ui: values['no-ui'] !== true,
    open: values.open === true,
  });
}
