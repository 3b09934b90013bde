import type { KeyInfo } from '../../src-shared/control.ts';
import { type KeyScope, keyScopes } from '../../src-shared/settings.ts';
import { type CommandContext, print, readArguments, UsageError } from './context.ts';
import { withControl } from './open-control.ts';

/** `dragoman key new|list|show|revoke`. */
export async function keyCommand(context: CommandContext): Promise<number> {
  const [action, ...args] = context.args;
  switch (action) {
    case 'new':
      return newKey(context, args);
    case 'list':
      return listKeys(context, args);
    case 'show':
      return showKey(context, args);
    case 'revoke':
      return revokeKey(context, args);
    default:
      throw new UsageError('key wants new, list, show or revoke');
  }
}

async function newKey(context: CommandContext, args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    name: { type: 'string' },
    scope: { type: 'string', multiple: true },
    model: { type: 'string', multiple: true },
    expires: { type: 'string' },
  });
  const { expires } = values;
  const name = values.name ?? 'unnamed';
  if (positionals.length > 0) throw new UsageError(`key new takes no "${positionals[0]}"; name the key with --name`);
  if (name === '' || name.length > 200) throw new UsageError('--name wants 1 to 200 characters');
  if (expires !== undefined && Number.isNaN(Date.parse(expires))) {
    throw new UsageError('--expires wants a time such as 2027-01-31T12:00:00Z');
  }
  const scopes = values.scope?.map(readScope);
  const created = await withControl(context, (control) =>
    control.keys.create({
      name,
      ...(scopes !== undefined && { scopes }),
      ...(values.model !== undefined && { models: values.model }),
      ...(expires !== undefined && { expiresAt: new Date(expires).toISOString() }),
    }),
  );
  print(context, created, [created.key]);
  const kept = created.inKeychain ? 'The keychain keeps it too.' : 'It is shown only now.';
  process.stderr.write(`The key "${created.name}" (${created.id}) was made. ${kept}\n`);
  return 0;
}

async function listKeys(context: CommandContext, args: readonly string[]): Promise<number> {
  if (readArguments(args, {}).positionals.length > 0) throw new UsageError('key list takes nothing');
  const keys = await withControl(context, (control) => control.keys.list());
  print(context, { keys }, keys.length === 0 ? ['There are no keys.'] : keys.map(describeKey));
  return 0;
}

/** The key alone, so that a shell can put it into a variable. */
async function showKey(context: CommandContext, args: readonly string[]): Promise<number> {
  const [key, more] = readArguments(args, {}).positionals;
  if (key === undefined || more !== undefined) throw new UsageError("key show wants one key's id or name, or an agent");
  const shown = await withControl(context, (control) => control.keys.reveal({ key }));
  print(context, shown, [shown.key]);
  return 0;
}

async function revokeKey(context: CommandContext, args: readonly string[]): Promise<number> {
  const { positionals } = readArguments(args, {});
  const [key] = positionals;
  if (key === undefined || positionals.length > 1) throw new UsageError("key revoke wants one key's id or name");
  const revoked = await withControl(context, (control) => control.keys.revoke({ key }));
  print(context, { revoked }, [`The key "${revoked.name}" (${revoked.id}) opens nothing any more.`]);
  return 0;
}

function describeKey(key: KeyInfo): string {
  const end = key.expiresAt === null ? '' : `  until ${key.expiresAt}`;
  const place = key.localOnly ? '  this machine only' : '';
  return `${key.id}  …${key.hint}  ${key.name}  ${key.scopes.join(', ')}  ${key.models.join(', ')}${place}${end}`;
}

function readScope(text: string): KeyScope {
  const scope = keyScopes.find((known) => known === text);
  if (scope === undefined) throw new UsageError(`--scope wants ${keyScopes.join(' or ')}`);
  return scope;
}
