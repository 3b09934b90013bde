import { agentIds } from '../../src-shared/agents.ts';
import type { KeyInfo, MadeKey } from '../../src-shared/control.ts';
import { type KeyScope, keyScopes } from '../../src-shared/settings.ts';
import { printChange } from './agent-arguments.ts';
import { confirmed } from './confirmed.ts';
import { type CommandContext, print, Refusal, readArguments, UsageError } from './context.ts';
import { withControl } from './open-control.ts';

/** `dragoman key new|list|show|allow|rotate|revoke`. */
export async function keyCommand(context: CommandContext): Promise<number> {
  const [action, ...args] = context.args;
  switch (action) {
    case 'new':
      return newKey(context, args);
    case 'list':
      return listKeys(context, args);
    case 'show':
      return showKey(context, args);
    case 'allow':
      return allowModels(context, args);
    case 'rotate':
      return rotateKey(context, args);
    case 'revoke':
      return revokeKey(context, args);
    default:
      throw new UsageError('key wants new, list, show, allow, rotate or revoke');
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
  process.stderr.write(`The key "${created.name}" (${created.id}) was made. ${whereKept(created)}\n`);
  return 0;
}

function whereKept({ inKeychain }: MadeKey): string {
  return inKeychain ? 'The keychain keeps it too.' : 'It is shown only now.';
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

async function allowModels(context: CommandContext, args: readonly string[]): Promise<number> {
  const [key, ...models] = readArguments(args, {}).positionals;
  if (key === undefined || models.length === 0)
    throw new UsageError("key allow wants one key's id or name, and the models that it may call");
  const allowed = await withControl(context, (control) => control.keys.allowModels({ key, models }));
  print(context, { allowed }, [`The key "${allowed.name}" (${allowed.id}) may call ${allowed.models.join(', ')}.`]);
  return 0;
}

/** That of an agent is brought into the agent's files; any other is shown. */
async function rotateKey(context: CommandContext, args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { 'dry-run': { type: 'boolean' } });
  const [named, more] = positionals;
  if (named === undefined || more !== undefined) throw new UsageError("key rotate wants one key's id or name");
  return withControl(context, async ({ keys, agents }) => {
    const listed = await keys.list();
    const of = listed.find(({ id }) => id === named) ?? listed.find(({ name }) => name === named);
    const agent = agentIds.find((id) => id === of?.agent && of.expiresAt === null);
    if (agent !== undefined) {
      const plan = await agents.planRotateKey({ agent });
      if (values['dry-run'] === true || plan.refused !== null) return printChange(context, plan, '');
      const files = plan.files.map(({ path }) => `\n  ${path}`).join('');
      const question = `Give ${agent} a new key${files === '' ? '' : ` in${files}\n`}? The old one opens nothing from then on.`;
      if (!(await confirmed(context, question))) throw new Refusal('nothing was changed');
      const change = await agents.rotateKey({ agent, seen: plan.seen });
      return printChange(context, change, `${agent} has a new key; the old one opens nothing any more.`);
    }
    if (values['dry-run'] === true) throw new UsageError('--dry-run is for the key of an agent, whose files change');
    if (
      !(await confirmed(context, `Put a new key in the place of "${named}"? The old one opens nothing from then on.`))
    )
      throw new Refusal('nothing was changed');
    const made = await keys.rotate({ key: named });
    print(context, made, [made.key]);
    process.stderr.write(`The old key "${made.name}" (${made.id}) opens nothing any more. ${whereKept(made)}\n`);
    return 0;
  });
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
  const place = key.localOnly ? '  this computer only' : '';
  return `${key.id}  …${key.hint}  ${key.name}  ${key.scopes.join(', ')}  ${key.models.join(', ')}${place}${end}`;
}

function readScope(text: string): KeyScope {
  const scope = keyScopes.find((known) => known === text);
  if (scope === undefined) throw new UsageError(`--scope wants ${keyScopes.join(' or ')}`);
  return scope;
}
