import { type CommandContext, print, Refusal, readArguments, UsageError } from './context.ts';
import { withControl } from './open-control.ts';
import { readSecret } from './read-secret.ts';

/** `dragoman secret set|rm|confirm UPSTREAM`. A secret comes from standard input and never from the command line. */
export async function secretCommand(context: CommandContext): Promise<number> {
  const [action, ...args] = context.args;
  if (action !== 'set' && action !== 'rm' && action !== 'confirm') {
    throw new UsageError('secret wants set, rm or confirm');
  }
  const { positionals } = readArguments(args, {});
  const [upstream] = positionals;
  if (upstream === undefined) throw new UsageError(`secret ${action} wants the id of an upstream`);
  if (positionals.length > 1) {
    throw new UsageError('a secret is never given on the command line, where others can read it: pipe it in');
  }
  switch (action) {
    case 'set': {
      const secret = await readSecret(`Secret of ${upstream}: `);
      if (secret === '') throw new Refusal('no secret came on standard input; nothing was changed');
      const { origin } = await withControl(context, (control) => control.secrets.set({ upstream, secret }));
      print(context, { upstream, stored: true, origin }, [
        `The secret of ${upstream} is in the keychain; it is sent only to ${origin}.`,
      ]);
      return 0;
    }
    case 'rm': {
      const { removed } = await withControl(context, (control) => control.secrets.remove({ upstream }));
      print(context, { upstream, removed }, [
        removed
          ? `The secret of ${upstream} is no longer in the keychain.`
          : `The keychain had no secret of ${upstream}.`,
      ]);
      return 0;
    }
    case 'confirm': {
      const { origin } = await withControl(context, (control) => control.secrets.confirm({ upstream }));
      print(context, { upstream, confirmed: true, origin }, [`The secret of ${upstream} is now sent to ${origin}.`]);
      return 0;
    }
  }
}
