import { resolve } from 'node:path';
import { type ListedServer, type ServerDescription, serverDescriptionSchema } from '../../src-shared/control.ts';
import { protocols } from '../../src-shared/protocol.ts';
import { type SecretSource, upstreamKindIds, vendorUrls } from '../../src-shared/settings.ts';
import { confirmed } from './confirmed.ts';
import { type CommandContext, print, Refusal, readArguments, UsageError } from './context.ts';
import { withControl } from './open-control.ts';
import { readSecret } from './read-secret.ts';

/** `dragoman server list|add|rm`. */
export async function serverCommand(context: CommandContext): Promise<number> {
  const [action, ...args] = context.args;
  switch (action) {
    case 'list':
      return listServers(context, args);
    case 'add':
      return addServer(context, args);
    case 'rm':
      return removeServer(context, args);
    default:
      throw new UsageError('server wants list, add or rm');
  }
}

async function listServers(context: CommandContext, args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { refresh: { type: 'boolean' } });
  if (positionals.length > 0) throw new UsageError(`server list takes no "${positionals[0]}"`);
  const servers = await withControl(context, async (control) => {
    // Without a service nothing is known yet: every server is asked once.
    const { gateway } = await control.status();
    return control.servers.list({ refresh: values.refresh === true || gateway === null });
  });
  print(context, { servers }, servers.length === 0 ? ['No model server was found.'] : servers.flatMap(describeServer));
  return 0;
}

async function addServer(context: CommandContext, args: readonly string[]): Promise<number> {
  const server = readDescription(args);
  const { id, baseUrl } = server;
  const inKeychain = server.secret?.from === 'keychain';
  const secret = inKeychain ? await readSecret(`Secret of ${id}: `) : undefined;
  if (secret === '') throw new Refusal('no secret came on standard input; nothing was changed');
  const { message, listed } = await withControl(context, async (control) => {
    const stored = await control.servers.add({ server, ...(secret !== undefined && { secret }) });
    const servers = await control.servers.list({ refresh: true });
    return { ...stored, listed: servers.find((one) => one.id === id) ?? null };
  });
  print(context, { added: listed, message }, [
    `${id} is in the settings.${inKeychain ? ` Its secret is in the keychain and is sent only to ${new URL(baseUrl).origin}.` : ''}`,
    ...(message === null ? [] : [message]),
    ...(listed === null ? [] : describeServer(listed)),
  ]);
  return 0;
}

function readDescription(args: readonly string[]): ServerDescription {
  const { values, positionals } = readArguments(args, {
    kind: { type: 'string' },
    'base-url': { type: 'string' },
    'secret-from': { type: 'string' },
    header: { type: 'string' },
    protocol: { type: 'string' },
    'ca-file': { type: 'string' },
    insecure: { type: 'boolean' },
    proxy: { type: 'string' },
  });
  const [id, more] = positionals;
  const { kind, header, protocol, insecure = false, proxy, 'ca-file': caFile } = values;
  if (id === undefined || more !== undefined) throw new UsageError('server add wants one id');
  if (kind === undefined) throw new UsageError(`server add wants --kind: ${upstreamKindIds.join(', ')}`);
  const baseUrl = values['base-url'] ?? vendorUrlOf(kind);
  if (baseUrl === undefined) throw new UsageError('server add wants --base-url');
  const secret = readSource(values['secret-from'] ?? 'none');
  const read = serverDescriptionSchema.safeParse({
    id,
    kind,
    baseUrl,
    ...(secret !== null && { secret }),
    ...(header !== undefined && { header }),
    ...(protocol !== undefined && { protocol }),
    ...((caFile !== undefined || insecure) && {
      tls: { caFile: caFile === undefined ? null : resolve(caFile), insecure },
    }),
    ...(proxy !== undefined && { proxy }),
  });
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new UsageError(describeIssue(issue));
}

function vendorUrlOf(kind: string): string | undefined {
  const known = upstreamKindIds.find((id) => id === kind);
  return known === undefined ? undefined : vendorUrls[known];
}

const optionNames: Readonly<Record<string, string>> = {
  id: 'the id',
  baseUrl: '--base-url',
  secret: '--secret-from',
  header: '--header',
  proxy: '--proxy',
};

/** The options that take one of a few words. */
const choices: Readonly<Record<string, string>> = {
  kind: `--kind wants one of ${upstreamKindIds.join(', ')}`,
  protocol: `--protocol wants one of auto, ${protocols.join(', ')}`,
};

function describeIssue(issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): string {
  const key = String(issue?.path[0]);
  return choices[key] ?? `${optionNames[key] ?? 'the server'} ${issue?.message ?? 'is wrong'}`;
}

/** `keychain`, `env:NAME`, `file:PATH` (relative to here), or `none`. */
function readSource(text: string): SecretSource | null {
  const [, from, rest = ''] = /^(none|keychain|env|file)(?::(.+))?$/s.exec(text) ?? [];
  if (from === 'none' && rest === '') return null;
  if (from === 'keychain' && rest === '') return { from };
  if (from === 'env' && rest !== '') return { from, name: rest };
  if (from === 'file' && rest !== '') return { from, path: resolve(rest) };
  throw new UsageError(
    '--secret-from wants keychain, env:NAME, file:PATH or none; the secret itself is never given here',
  );
}

async function removeServer(context: CommandContext, args: readonly string[]): Promise<number> {
  const { positionals } = readArguments(args, {});
  const [id, more] = positionals;
  if (id === undefined || more !== undefined) throw new UsageError('server rm wants the id of one server');
  if (!(await confirmed(context, `Remove ${id}, and its secret from the keychain?`))) {
    throw new Refusal('nothing was changed');
  }
  const removed = await withControl(context, (control) => control.servers.remove({ id }));
  print(context, { removed }, [
    `${id} is no longer in the settings${removed.secretRemoved ? ', nor is its secret in the keychain' : ''}.`,
    ...(removed.message === null ? [] : [removed.message]),
    ...(removed.stillNamedBy.length === 0 ? [] : [`Still meant by: ${removed.stillNamedBy.join(', ')}.`]),
  ]);
  return 0;
}

function describeServer(server: ListedServer): readonly string[] {
  const version = server.version === null ? '' : ` ${server.version}`;
  const models = server.models === 1 ? '1 model' : `${server.models} models`;
  const state = server.enabled ? server.state : 'disabled';
  const secret = server.secret === null ? '' : `  secret from ${describeSource(server.secret)}`;
  return [
    `${server.id}  ${server.kind}${version}  ${server.baseUrl}  ${server.found}  ${state}  ${models}${secret}`,
    ...(server.message === null ? [] : [`  ${server.message}`]),
  ];
}

function describeSource(secret: SecretSource): string {
  switch (secret.from) {
    case 'keychain':
      return 'the keychain';
    case 'env':
      return `the variable ${secret.name}`;
    case 'file':
      return secret.path;
  }
}
