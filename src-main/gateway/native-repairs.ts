import type { Diagnostic } from '../../src-shared/diagnostic.ts';
import { isObject, type JsonObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { Route } from '../models/route.types.ts';
import type { JsonEdit } from '../protocols/conversation/edit-json.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { toolParameters } from '../protocols/conversation/tool-schema.ts';
import { foldSystemMessages } from '../protocols/messages/fold-system-messages.ts';

/** What is done to a request that a server refuses in its own protocol, since the client is newer than the server. */
export type Repair =
  | { readonly kind: 'beta'; readonly name: string }
  | { readonly kind: 'fold' }
  | { readonly kind: 'schema' }
  /** `path` names members; `*` stands for any index. */
  | { readonly kind: 'drop'; readonly path: readonly string[] }
  | { readonly kind: 'tool'; readonly type: string }
  | { readonly kind: 'translate' };

/** A request that was refused. */
export interface Refused {
  readonly protocol: Protocol;
  /** As the client sent it. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly betas: readonly string[];
  readonly error: ConversationError;
  /** What was done to it already. */
  readonly tried: readonly Repair[];
}

const repairable: ReadonlySet<ConversationError['kind']> = new Set(['invalid-request', 'unsupported']);
const roleRefused =
  /\brole\b.{0,80}system|system.{0,80}\brole\b|'user' or 'assistant'|roles must alternate|system message must be/is;
const schemaRefused = /schema|grammar|\$ref|json pointer|\bpattern\b/i;
const unknownToServer =
  /extra inputs? (?:is|are) not (?:permitted|allowed)|(?:unknown|unrecogni[sz]ed|unsupported|unexpected|invalid) (?:\w+ ){0,3}?(?:parameter|argument|field|name|key|property|variant|tool|item|type|block|role|value|enum)|not (?:supported|permitted|allowed|recogni[sz]ed)|does not match any|input should be|cannot determine type|is not an? (?:array|object)/i;
/** Without these a request means nothing: where one is refused, only a translation helps. */
const essential: ReadonlySet<string> = new Set(
  'model messages input role content type id call_id tool_use_id name arguments output text source max_tokens'.split(
    ' ',
  ),
);

/**
 * The next thing to try with a request that a server refused: what names a beta goes, system messages are folded, tool schemas simplified, the named
 * field dropped, and last the request is translated. Null where the refusal is not about what the server does not know.
 */
export function repairFor(refused: Refused): Repair | null {
  const { body, betas, error, tried } = refused;
  if (!repairable.has(error.kind)) return null;
  const text = `${error.param ?? ''} ${error.message}`;
  const untried = (repair: Repair): boolean => !tried.some((one) => JSON.stringify(one) === JSON.stringify(repair));
  const found: Repair[] = betas.filter((name) => text.includes(name)).map((name) => ({ kind: 'beta', name }));
  if (/anthropic-beta/i.test(text)) found.push(...betas.map((name): Repair => ({ kind: 'beta', name })));
  if (roleRefused.test(text) && refused.protocol === 'messages' && foldSystemMessages(body).length > 0)
    found.push({ kind: 'fold' });
  const named = namedField(body, error);
  if (named !== null) found.push(named);
  if (schemaRefused.test(text) && schemaEdits(refused.protocol, body).length > 0) found.push({ kind: 'schema' });
  const next = found.find(untried);
  if (next !== undefined) return next;
  return found.length > 0 || unknownToServer.test(text) ? { kind: 'translate' } : null;
}

/** What the words of a refusal name of the body: a field that may go, or the type of a tool. */
function namedField(body: Readonly<Record<string, unknown>>, { param, message }: ConversationError): Repair | null {
  if (!unknownToServer.test(message)) return null;
  const quoted = [...message.matchAll(/[`'"]([\w.[\]-]{2,200})[`'"]/g)].map((match) => match[1] ?? '');
  const [, leading] = /^(?:\w+ )?([A-Za-z_][\w.[\]-]*)\s*: /.exec(message) ?? [];
  const [, trailing] =
    /(?:argument supplied|parameter|field|key|property)s?: ([A-Za-z_][\w.[\]-]*)/i.exec(message) ?? [];
  for (const candidate of [param, leading, trailing, ...quoted]) {
    const steps = candidate === undefined ? [] : candidate.split(/[.[\]]+/).filter((step) => step !== '');
    const path = pathIn(body, steps);
    const last = path?.at(-1);
    if (path === null || last === undefined || last === '*') continue;
    if (path[0] === 'tools' && last === 'type' && path.length === 3) {
      const tool = Array.isArray(body.tools) ? body.tools[Number(steps[1])] : undefined;
      if (isObject(tool) && typeof tool.type === 'string') return { kind: 'tool', type: tool.type };
    }
    if (!essential.has(last) && !schemaNames.has(last)) return { kind: 'drop', path };
  }
  return null;
}

/** Where the steps lead in a body, with `*` for indexes. Servers put the name of the type that they took a value for between (`tools.0.custom.strict`). */
function pathIn(body: unknown, steps: readonly string[]): readonly string[] | null {
  const path: string[] = [];
  let value = body;
  for (const step of steps) {
    if (Array.isArray(value) && /^\d+$/.test(step)) {
      value = value[Number(step)];
      path.push('*');
    } else if (isObject(value) && Object.hasOwn(value, step)) {
      value = value[step];
      path.push(step);
    } else if (step === steps.at(-1)) return null;
  }
  return path.length === 0 ? null : path;
}

/** Under which name a tool's schema stands. */
const schemaPaths: Readonly<Record<Protocol, readonly string[]>> = {
  messages: ['input_schema'],
  chat: ['function', 'parameters'],
  responses: ['parameters'],
};
const schemaNames: ReadonlySet<string> = new Set(Object.values(schemaPaths).flat());

function schemaEdits(protocol: Protocol, { tools }: Readonly<Record<string, unknown>>): readonly JsonEdit[] {
  const list: readonly unknown[] = Array.isArray(tools) ? tools : [];
  return list.flatMap((tool, index) => {
    const names = schemaPaths[protocol];
    const schema = names.reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), tool);
    if (!isObject(schema)) return [];
    return [{ path: ['tools', index, ...names], value: toolParameters(jsonOf(schema), true) }];
  });
}

function jsonOf(value: Record<string, unknown>): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

/** What a repair changes of a body. */
export function repairEdits(
  repair: Repair,
  protocol: Protocol,
  body: Readonly<Record<string, unknown>>,
): readonly JsonEdit[] {
  switch (repair.kind) {
    case 'beta':
    case 'translate':
      return [];
    case 'fold':
      return foldSystemMessages(body);
    case 'schema':
      return schemaEdits(protocol, body);
    case 'drop':
      return everywhere(body, repair.path).map((path) => ({ path, value: undefined }));
    case 'tool': {
      const tools: readonly unknown[] = Array.isArray(body.tools) ? body.tools : [];
      return tools.flatMap((tool, index) =>
        isObject(tool) && tool.type === repair.type ? [{ path: ['tools', index], value: undefined }] : [],
      );
    }
  }
}

/** The places that a path with `*` means in a body. */
function everywhere(value: unknown, path: readonly string[]): readonly (string | number)[][] {
  const [step, ...rest] = path;
  if (step === undefined) return [[]];
  if (step === '*' && Array.isArray(value))
    return value.flatMap((item: unknown, index) => everywhere(item, rest).map((found) => [index, ...found]));
  if (!isObject(value) || !Object.hasOwn(value, step)) return [];
  return everywhere(value[step], rest).map((found) => [step, ...found]);
}

/** A repair in words for the activity log. */
export function describeRepair(repair: Repair, upstream: string): Diagnostic {
  const refuses = `${upstream} refuses it`;
  switch (repair.kind) {
    case 'beta':
      return { kind: 'dropped', what: `anthropic-beta: ${repair.name}`, why: `${refuses}.` };
    case 'fold':
      return {
        kind: 'approximated',
        what: 'messages[].role system',
        why: `${refuses}; its text went into user turns.`,
      };
    case 'schema':
      return { kind: 'approximated', what: 'tools[]', why: `${refuses} as it is; the tools' schemas were simplified.` };
    case 'drop':
      return { kind: 'dropped', what: repair.path.join('.').replaceAll('.*', '[]'), why: `${refuses}.` };
    case 'tool':
      return { kind: 'dropped', what: `tools[].type ${repair.type}`, why: `${refuses}.` };
    case 'translate':
      return { kind: 'approximated', what: 'the request', why: `${upstream} refuses it as it is; it was translated.` };
  }
}

const rememberedModels = 500;

/** What helped before, by model and protocol, for as long as the service runs. */
export interface RepairMemory {
  of(route: Route, protocol: Protocol): readonly Repair[];
  learn(route: Route, protocol: Protocol, repairs: readonly Repair[]): void;
}

export function createRepairMemory(): RepairMemory {
  const known = new Map<string, readonly Repair[]>();
  const key = (route: Route, protocol: Protocol): string => `${protocol} ${route.modelId}`;
  return {
    of: (route, protocol) => known.get(key(route, protocol)) ?? [],
    learn(route, protocol, repairs) {
      known.delete(key(route, protocol));
      known.set(key(route, protocol), repairs);
      const [oldest] = known.keys();
      if (known.size > rememberedModels && oldest !== undefined) known.delete(oldest);
    },
  };
}
