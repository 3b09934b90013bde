import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { implement } from '@orpc/server';
import { RPCHandler } from '@orpc/server/node';
import { createUiFiles } from '../../src-main/control/ui-files.ts';
import type { ActivityBatch, ActivityOverview, ActivityRow, ContentPiece } from '../../src-shared/activity.ts';
import type { ModelAdvice } from '../../src-shared/advice.ts';
import type { AgentEntry } from '../../src-shared/agents.ts';
import type { AliasEntry, ModelEntry, ModelsReport, ServerEntry } from '../../src-shared/catalogue.ts';
import type { DoneCheckup } from '../../src-shared/checkup.ts';
import { controlContract, type ListedServer } from '../../src-shared/control.ts';
import type { ModelFlags } from '../../src-shared/model-control.ts';
import type { ModelLoad } from '../../src-shared/model-loads.ts';
import type { Pull } from '../../src-shared/model-pulls.ts';
import { aliasRulesSchema, keyScopes, settingsSchema } from '../../src-shared/settings.ts';
import type { UpdateState } from '../../src-shared/updates.ts';
import { root } from '../tiers.mjs';

/** The built window before a control contract that says what a test wants it to say. */
export interface FakeService {
  readonly ui: string;
  /** Sends a batch to every window. */
  push(batch: { readonly rows?: readonly ActivityRow[]; readonly content?: readonly ContentPiece[] }): void;
  close(): Promise<void>;
}

export interface FakeServiceOptions {
  readonly servers: readonly ServerEntry[];
  /** Oldest first. */
  readonly rows: readonly ActivityRow[];
  readonly update?: UpdateState;
  readonly listed?: readonly ListedServer[];
  readonly slots?: Readonly<Record<string, string>>;
  readonly aliases?: readonly AliasEntry[];
  /** What is being fetched. */
  readonly pulls?: readonly Pull[];
  readonly flags?: ModelFlags;
  readonly advice?: ModelAdvice;
  readonly checkup?: DoneCheckup;
  /** Of each running request, a second. */
  readonly tokensPerSecond?: number;
  readonly agents?: readonly AgentEntry[];
  /** Local keys by their names. */
  readonly keys?: Readonly<Record<string, string>>;
  /** What is being loaded. */
  readonly loads?: readonly ModelLoad[];
  readonly keychain?: () => KeychainState;
  /** Told what a server is to be changed to. */
  readonly onServerUpdate?: (input: unknown) => void;
}

/** As the control interface tells it. */
export interface KeychainState {
  readonly state: 'ready' | 'no-service' | 'locked' | 'refused';
  readonly message: string | null;
  readonly remedy: string | null;
}

export async function startFakeService({
  servers,
  rows,
  update = { kind: 'current', checkedAt: null },
  listed = [],
  slots = {},
  aliases = [],
  pulls = [],
  flags = { server: {}, settings: {} },
  advice = { machine: null, memory: null, notes: [] },
  checkup,
  tokensPerSecond = 20,
  agents = [],
  keys = {},
  loads = [],
  keychain = () => ({ state: 'ready', message: null, remedy: null }),
  onServerUpdate = () => undefined,
}: FakeServiceOptions): Promise<FakeService> {
  const procedures = implement(controlContract);
  const listeners = new Set<(batch: ActivityBatch) => void>();
  let running = 0;
  const overview = (): ActivityOverview => ({
    paused: false,
    running,
    tokensPerSecond: running * tokensPerSecond,
    streamingLog: true,
    streamingLogAllowed: true,
  });
  const gateway = { running: true, url: 'http://127.0.0.1:4747' };
  const report: ModelsReport = { gateway, servers, aliases, slots };
  const nothing = (): never => {
    throw new Error('this is not asked here');
  };
  // Only what these tests ask for: anything else is not found.
  const router = {
    status: procedures.status.handler(() => ({
      pid: 1,
      version: '0.1.0',
      home: '/home',
      startedAt: null,
      gateway: gateway.url,
      settings: { file: '/home/settings.json', problems: [] },
      keychain: keychain(),
    })),
    settings: {
      subscribe: procedures.settings.subscribe.handler(async function* ({ signal }) {
        const { gateway: at, detection, desktop, activity } = settingsSchema.parse({});
        const values = { gateway: at, detection, desktop, activity };
        yield { file: '/home/settings.json', problems: [], values, keys: [], listening: null };
        if (signal?.aborted === false) await once(signal, 'abort');
      }),
      set: procedures.settings.set.handler(nothing),
      listenAgain: procedures.settings.listenAgain.handler(nothing),
    },
    models: {
      report: procedures.models.report.handler(() => report),
      loads: procedures.models.loads.handler(async function* ({ signal }) {
        yield loads;
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      }),
      pulls: procedures.models.pulls.handler(async function* ({ signal }) {
        yield pulls;
        if (signal?.aborted === false) await once(signal, 'abort');
      }),
      checkups: procedures.models.checkups.handler(() => []),
      lastCheckup: procedures.models.lastCheckup.handler(() => checkup ?? null),
      advice: procedures.models.advice.handler(() => advice),
      starters: procedures.models.starters.handler(nothing),
      flags: procedures.models.flags.handler(() => flags),
      aliasRules: procedures.models.aliasRules.handler(() => aliasRulesSchema.parse({})),
    },
    secrets: { state: procedures.secrets.state.handler(keychain) },
    servers: {
      list: procedures.servers.list.handler(() => [...listed]),
      update: procedures.servers.update.handler(({ input }) => {
        onServerUpdate(input);
        return { id: input.id, message: null };
      }),
    },
    agents: { list: procedures.agents.list.handler(() => [...agents]) },
    keys: {
      list: procedures.keys.list.handler(() =>
        Object.entries(keys).map(([name, key]) => ({
          id: `k_${name.replaceAll(' ', '')}`,
          name,
          agent: null,
          hint: key.slice(-4),
          scopes: [...keyScopes],
          models: ['*'],
          expiresAt: null,
        })),
      ),
      reveal: procedures.keys.reveal.handler(({ input }) => ({
        key: Object.entries(keys).find(([name]) => input.key === `k_${name.replaceAll(' ', '')}`)?.[1] ?? nothing(),
      })),
    },
    activity: {
      snapshot: procedures.activity.snapshot.handler(({ input: { before, limit } }) => {
        const end = before === undefined ? rows.length : rows.findIndex(({ number }) => number === before);
        return { rows: rows.slice(Math.max(0, end - limit), end).reverse(), total: rows.length, overview: overview() };
      }),
      subscribe: procedures.activity.subscribe.handler(async function* ({ signal }) {
        const waiting: ActivityBatch[] = [];
        let wake: () => void = () => undefined;
        const listener = (batch: ActivityBatch): void => {
          waiting.push(batch);
          wake();
        };
        listeners.add(listener);
        signal?.addEventListener('abort', () => wake());
        try {
          yield { rows: [], content: [], overview: overview(), incomplete: false };
          while (signal?.aborted !== true) {
            const batch = waiting.shift();
            if (batch !== undefined) yield batch;
            else await new Promise<void>((resolve) => (wake = resolve));
          }
        } finally {
          listeners.delete(listener);
        }
      }),
      request: procedures.activity.request.handler(({ input }) => {
        const row = rows.find(({ id }) => id === input.id);
        return row === undefined ? nothing() : { row, diagnostics: [], answer: [], wire: [] };
      }),
      setStreamingLog: procedures.activity.setStreamingLog.handler(overview),
    },
    gateway: {
      state: procedures.gateway.state.handler(() => ({ paused: false, running })),
      pause: procedures.gateway.pause.handler(nothing),
      resume: procedures.gateway.resume.handler(nothing),
    },
    updates: {
      state: procedures.updates.state.handler(() => update),
      restart: procedures.updates.restart.handler(() => update),
    },
  };
  const handler = new RPCHandler(router);
  const files = createUiFiles(join(root, 'out/renderer'));
  const server = createServer((req, res) => {
    if (req.url?.startsWith('/ui') === true) files.handle(req, res);
    else void handler.handle(req, res, { prefix: '/control', context: {} });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was bound');
  return {
    ui: `http://127.0.0.1:${address.port}/ui/#token=any`,
    push: ({ rows: changed = [], content = [] }) => {
      for (const { state } of changed) running += state === 'running' ? 1 : -1;
      for (const listener of listeners) listener({ rows: changed, content, overview: overview(), incomplete: false });
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function fakeRow(number: number, changed: Partial<ActivityRow> = {}): ActivityRow {
  const failed = number % 23 === 0;
  return {
    id: `req_${number}`,
    number,
    startedAt: 1_795_000_000_000 + number * 1_000,
    state: failed ? 'failed' : 'done',
    agent: ['Claude Code', 'Codex', 'OpenCode', 'Qwen Code'][number % 4] ?? null,
    method: 'POST',
    path: '/v1/messages',
    purpose: 'chat',
    protocol: 'messages',
    stream: true,
    model: 'coder',
    modelId: `server-${number % 6}/model-${number % 300}`,
    keyId: 'k_1',
    status: failed ? 502 : 200,
    firstByteMs: 300,
    totalMs: 4_000,
    rounds: 1,
    usage: { inputTokens: 2_000, cacheReadTokens: 30_000, cacheWriteTokens: 0, outputTokens: 300 },
    finishReason: 'tool-calls',
    error: failed ? { kind: 'upstream-cut', message: 'The answer of server-1 ended before it was whole.' } : null,
    diagnostics: 0,
    tools: ['read_file', 'grep'],
    ...changed,
  };
}

export function fakeServers(servers: number, models: number): readonly ServerEntry[] {
  return Array.from({ length: servers }, (_server, at) => ({
    id: `server-${at}`,
    kind: 'openai-compatible',
    baseUrl: `http://127.0.0.1:${9000 + at}/v1`,
    found: 'configured',
    state: 'up',
    version: '1.0',
    message: null,
    models: Array.from(
      { length: Math.ceil(models / servers) },
      (_model, index): ModelEntry => ({
        id: `server-${at}/model-${index}`,
        upstreamModel: `model-${index}`,
        loaded: index === 0,
        contextWindow: { inForce: 65_536, maximum: 262_144, source: 'v1/models' },
        capabilities: { tools: true, parallelTools: null, vision: index % 3 === 0, reasoning: true, embeddings: false },
      }),
    ),
  }));
}
