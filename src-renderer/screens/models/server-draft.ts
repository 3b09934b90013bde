import type { z } from 'zod';
import type { ListedServer, ServerChanges, ServerDescription } from '../../../src-shared/control.ts';
import {
  type SecretSource,
  secretHeaderOf,
  type UpstreamKindId,
  type UpstreamSettings,
  upstreamSchema,
  vendorUrls,
} from '../../../src-shared/settings.ts';
import { protocolChoices } from './server-protocols.ts';
import { numberWords, typedNumber } from './typed-number.ts';
import { inMilliseconds, inSeconds, type TypedTimeouts } from './typed-timeouts.ts';

export type SecretFrom = 'none' | SecretSource['from'];

/** A header or query parameter as it is typed; `key` tells the rows apart. */
export interface Pair {
  readonly key: number;
  readonly name: string;
  readonly value: string;
}

/** A server as it stands in the form, with what is not yet right. */
export interface ServerDraft {
  readonly id: string;
  readonly kind: UpstreamKindId;
  readonly baseUrl: string;
  readonly secretFrom: SecretFrom;
  /** What was typed for the keychain. Never filled from what is stored. */
  readonly secret: string;
  readonly variable: string;
  readonly path: string;
  readonly header: string;
  /** What is trusted beside what the system trusts; empty: nothing. */
  readonly caFile: string;
  readonly insecure: boolean;
  readonly proxy: string;
  readonly protocol: UpstreamSettings['protocol'];
  readonly timeouts: TypedTimeouts;
  readonly headers: readonly Pair[];
  readonly query: readonly Pair[];
  readonly enabled: boolean;
  /** As it is typed; '' for none. */
  readonly concurrency: string;
  readonly loadOnUse: boolean;
  /** As it is typed; '' leaves it to the server. */
  readonly keepLoadedMinutes: string;
}

export type DraftField = keyof ServerDraft;
export const draftFields: readonly DraftField[] = [
  'id',
  'kind',
  'baseUrl',
  'secretFrom',
  'secret',
  'variable',
  'path',
  'header',
  'caFile',
  'insecure',
  'proxy',
  'protocol',
  'timeouts',
  'headers',
  'query',
  'enabled',
  'concurrency',
  'loadOnUse',
  'keepLoadedMinutes',
];
export type DraftProblems = Readonly<Partial<Record<DraftField, string | undefined>>>;

export type ReadDraft =
  | { readonly ok: true; readonly server: ServerDescription; readonly secret: string | null }
  | { readonly ok: false; readonly problems: DraftProblems };

const automatic = 'auto';

export function newDraft(kind: UpstreamKindId, taken: readonly string[]): ServerDraft {
  return {
    id: freeId(kind, taken),
    kind,
    baseUrl: vendorUrls[kind] ?? '',
    secretFrom: 'none',
    secret: '',
    variable: '',
    path: '',
    header: secretHeaderOf(kind),
    caFile: '',
    insecure: false,
    proxy: 'system',
    protocol: automatic,
    timeouts: inSeconds({}),
    headers: [],
    query: [],
    enabled: true,
    concurrency: '',
    loadOnUse: true,
    keepLoadedMinutes: '',
  };
}

/** What the form starts with for a server that is known: its entry in the settings, or what was found on this computer. */
export function draftOf(server: ListedServer): ServerDraft {
  const { id, kind, baseUrl, description } = server;
  const secret = description?.secret;
  return {
    ...newDraft(kind, []),
    id,
    baseUrl,
    secretFrom: secret?.from ?? 'none',
    variable: secret?.from === 'env' ? secret.name : '',
    path: secret?.from === 'file' ? secret.path : '',
    header: description?.header ?? secretHeaderOf(kind),
    caFile: description?.tls?.caFile ?? '',
    insecure: description?.tls?.insecure ?? false,
    proxy: description?.proxy ?? 'system',
    protocol: description?.protocol ?? automatic,
    timeouts: inSeconds(description?.timeouts ?? {}),
    headers: pairsOf(description?.headers ?? {}),
    query: pairsOf(description?.query ?? {}),
    enabled: description?.enabled ?? true,
    concurrency: String(description?.concurrency ?? ''),
    loadOnUse: description?.loadOnUse ?? true,
    keepLoadedMinutes: String(description?.keepLoadedMinutes ?? ''),
  };
}

/** Another kind; a name, a base URL and a header that were only its kind's follow, and a protocol that it does not speak goes. */
export function withKind(draft: ServerDraft, kind: UpstreamKindId, taken: readonly string[]): ServerDraft {
  const isGiven = draft.id !== freeId(draft.kind, taken);
  const protocol = protocolChoices(kind).includes(draft.protocol) ? draft.protocol : automatic;
  const header = draft.header === secretHeaderOf(draft.kind) ? secretHeaderOf(kind) : draft.header;
  const baseUrl = draft.baseUrl === (vendorUrls[draft.kind] ?? '') ? (vendorUrls[kind] ?? '') : draft.baseUrl;
  return { ...draft, kind, header, baseUrl, protocol, id: isGiven ? draft.id : freeId(kind, taken) };
}

/** The server that the draft describes, by the very schema of the settings, or what is wrong with which field. */
export function readDraft(draft: ServerDraft): ReadDraft {
  const secret = sourceOf(draft);
  const caFile = draft.caFile.trim() || null;
  const proxy = draft.proxy.trim() || 'system';
  const timeouts = inMilliseconds(draft.timeouts);
  const concurrency = typedNumber(draft.concurrency);
  const keepLoadedMinutes = typedNumber(draft.keepLoadedMinutes);
  const described = {
    id: draft.id.trim(),
    kind: draft.kind,
    baseUrl: draft.baseUrl.trim(),
    ...(secret !== null && { secret }),
    ...(draft.header.trim().toLowerCase() !== secretHeaderOf(draft.kind) && { header: draft.header.trim() }),
    ...((caFile !== null || draft.insecure) && { tls: { caFile, insecure: draft.insecure } }),
    ...(proxy !== 'system' && { proxy }),
    ...(draft.protocol !== automatic && { protocol: draft.protocol }),
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
    ...(saidPairs(draft.headers).length > 0 && { headers: recordOf(draft.headers) }),
    ...(saidPairs(draft.query).length > 0 && { query: recordOf(draft.query) }),
    ...(!draft.enabled && { enabled: false }),
    ...(concurrency !== undefined && { concurrency }),
    ...(!draft.loadOnUse && { loadOnUse: false }),
    ...(keepLoadedMinutes !== undefined && { keepLoadedMinutes }),
  };
  const read = upstreamSchema.safeParse(described);
  if (read.success) return { ok: true, server: described, secret: typedSecret(draft) };
  const problems: Partial<Record<DraftField, string>> = {};
  for (const issue of read.error.issues) {
    const field = fieldOf(issue.path, draft.secretFrom);
    problems[field] ??= problemOf(field, issue);
  }
  return { ok: false, problems };
}

const { concurrency: atOnce, keepLoadedMinutes: stays } = upstreamSchema.shape;

/** In words of the form, where the schema's own would be of the file. */
function problemOf(field: DraftField, issue: z.core.$ZodIssue): string {
  switch (field) {
    case 'concurrency':
      return numberWords(atOnce.unwrap().unwrap());
    case 'keepLoadedMinutes':
      return numberWords(stays.unwrap().unwrap());
    default:
      // A name that is no name is told by what is wrong with it.
      return (issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined) ?? issue.message;
  }
}

const plainTls = { caFile: null, insecure: false };

/** Only what differs from the entry in the settings; null takes away what was said. */
export function changesOf(before: ServerDescription, after: ServerDescription): ServerChanges {
  const {
    kind,
    baseUrl,
    secret = null,
    header = secretHeaderOf(kind),
    protocol = automatic,
    tls = plainTls,
    proxy = 'system',
    timeouts = {},
    headers = {},
    query = {},
    enabled = true,
    concurrency = null,
    loadOnUse = true,
    keepLoadedMinutes = null,
  } = after;
  const differs = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other);
  return {
    ...(kind !== before.kind && { kind }),
    ...(baseUrl !== before.baseUrl && { baseUrl }),
    ...(differs(secret, before.secret ?? null) && { secret }),
    ...(header !== (before.header ?? secretHeaderOf(before.kind)) && { header }),
    ...(differs(tls, before.tls ?? plainTls) && { tls }),
    ...(proxy !== (before.proxy ?? 'system') && { proxy }),
    ...(protocol !== (before.protocol ?? automatic) && { protocol }),
    ...(differs(timeouts, before.timeouts ?? {}) && { timeouts }),
    ...(differs(headers, before.headers ?? {}) && { headers }),
    ...(differs(query, before.query ?? {}) && { query }),
    ...(enabled !== (before.enabled ?? true) && { enabled }),
    ...(concurrency !== (before.concurrency ?? null) && { concurrency }),
    ...(loadOnUse !== (before.loadOnUse ?? true) && { loadOnUse }),
    ...(keepLoadedMinutes !== (before.keepLoadedMinutes ?? null) && { keepLoadedMinutes }),
  };
}

/** Whether the secret that is kept for this server would have to be confirmed for where the draft leads. */
export function leadsElsewhere(before: ServerDescription, draft: ServerDraft): boolean {
  if (before.secret === undefined || draft.secretFrom !== before.secret.from || typedSecret(draft) !== null)
    return false;
  return URL.canParse(draft.baseUrl) && new URL(draft.baseUrl).origin !== new URL(before.baseUrl).origin;
}

function typedSecret({ secretFrom, secret }: ServerDraft): string | null {
  return secretFrom === 'keychain' && secret !== '' ? secret : null;
}

function sourceOf({ secretFrom, variable, path }: ServerDraft): SecretSource | null {
  switch (secretFrom) {
    case 'none':
      return null;
    case 'keychain':
      return { from: 'keychain' };
    case 'env':
      return { from: 'env', name: variable.trim() };
    case 'file':
      return { from: 'file', path: path.trim() };
  }
}

function fieldOf([first]: readonly PropertyKey[], secretFrom: SecretFrom): DraftField {
  switch (first) {
    case 'secret':
      return secretFrom === 'file' ? 'path' : 'variable';
    case 'tls':
      return 'caFile';
    case 'proxy':
    case 'kind':
    case 'baseUrl':
    case 'header':
    case 'protocol':
    case 'timeouts':
    case 'headers':
    case 'query':
    case 'enabled':
    case 'concurrency':
    case 'loadOnUse':
    case 'keepLoadedMinutes':
      return first;
    default:
      return 'id';
  }
}

function pairsOf(values: Readonly<Record<string, string>>): readonly Pair[] {
  return Object.entries(values).map(([name, value], key) => ({ key, name, value }));
}

function recordOf(pairs: readonly Pair[]): Record<string, string> {
  return Object.fromEntries(saidPairs(pairs).map(({ name, value }) => [name, value]));
}

/** Those in which something was typed, without blanks around it. */
export function saidPairs(pairs: readonly Pair[]): readonly Pair[] {
  return pairs
    .map(({ key, name, value }) => ({ key, name: name.trim(), value: value.trim() }))
    .filter(({ name, value }) => name !== '' || value !== '');
}

/** The kind's own name, or the first that is free with a number behind it. */
function freeId(kind: UpstreamKindId, taken: readonly string[]): string {
  for (let number = 2, id: string = kind; ; number += 1) {
    if (!taken.includes(id)) return id;
    id = `${kind}-${number}`;
  }
}
