import { describe, expect, it } from 'vitest';
import { buildTrayMenu, type TrayItem, type TrayState } from '../../../src-main/desktop/tray-menu.ts';
import type { ModelEntry, ModelsReport, ServerState } from '../../../src-shared/catalogue.ts';

function model(id: string, loaded: boolean | null = true, embeddings: boolean | null = null): ModelEntry {
  const capabilities = { tools: null, parallelTools: null, vision: null, reasoning: null, embeddings };
  const contextWindow = { inForce: null, maximum: null, source: null };
  return { id, upstreamModel: id, loaded, contextWindow, capabilities };
}

function report(
  models: readonly ModelEntry[],
  {
    slots = {},
    aliases = [],
    state = 'up',
  }: Partial<Pick<ModelsReport, 'slots' | 'aliases'>> & {
    readonly state?: ServerState;
  } = {},
): ModelsReport {
  const server = {
    id: 'ollama',
    kind: 'ollama',
    baseUrl: '',
    found: 'detected',
    version: null,
    message: null,
  } as const;
  return { gateway: { running: true, url: null }, servers: [{ ...server, state, models }], aliases, slots };
}

const running: TrayState = {
  gateway: 'http://127.0.0.1:4747',
  inFlight: 0,
  report: report([]),
  loads: [],
  agents: [],
  localOnly: new Set(),
  settingsProblems: 0,
  paused: false,
  openAtLogin: false,
};

function modelLines(state: TrayState): readonly TrayItem[] {
  const found = buildTrayMenu(state).items.find((item) => item.type === 'submenu');
  return found?.type === 'submenu' ? found.items : [];
}
const labels = (items: readonly TrayItem[]) => items.flatMap((item) => (item.type === 'separator' ? [] : [item.label]));
const stateOf = (state: TrayState) => [labels(buildTrayMenu(state).items)[0], buildTrayMenu(state).icon];

describe('the tray', () => {
  it('tells in its first line and its icon how the gateway is', () => {
    expect(stateOf(running)).toEqual(['Running · 127.0.0.1:4747', 'idle']);
    expect(stateOf({ ...running, inFlight: 1 })).toEqual(['Running · 127.0.0.1:4747 · 1 request', 'working']);
    expect(stateOf({ ...running, inFlight: 2 })).toEqual(['Running · 127.0.0.1:4747 · 2 requests', 'working']);
    expect(stateOf({ ...running, paused: true })).toEqual(['Paused', 'problem']);
    expect(stateOf({ ...running, paused: true, inFlight: 1 })).toEqual(['Paused · 1 request still running', 'problem']);
    expect(stateOf({ ...running, gateway: null })).toEqual(['Not running', 'problem']);
    expect(stateOf({ ...running, settingsProblems: 1 })[1]).toBe('problem');
  });

  it('offers usable models and aliases, marks unloaded ones, and leaves out those that only embed', () => {
    const state = report([model('ollama/a'), model('ollama/b', false), model('ollama/embed', true, true)], {
      aliases: [{ id: 'coder', target: 'ollama/a' }],
      slots: { default: 'ollama/b' },
    });
    expect(modelLines({ ...running, report: state })).toEqual([
      { type: 'radio', label: 'coder', checked: false, act: { kind: 'use-model', model: 'coder' } },
      { type: 'radio', label: 'ollama/a', checked: false, act: { kind: 'use-model', model: 'ollama/a' } },
      { type: 'radio', label: 'ollama/b (not loaded)', checked: true, act: { kind: 'use-model', model: 'ollama/b' } },
    ]);
  });

  it('tells which aliases never leave this machine', () => {
    const state = report([], { aliases: [{ id: 'private', target: 'ollama/a', localOnly: true }] });
    expect(labels(modelLines({ ...running, report: state }))).toEqual(['private (this computer only)']);
  });

  it('tells what is being loaded, and how far that is', () => {
    const load = { model: 'ollama/a', doing: 'loading', since: 0, progress: null } as const;
    const linesOf = (more: Partial<TrayState>) => labels(buildTrayMenu({ ...running, ...more }).items).slice(1, 3);
    expect(linesOf({ loads: [load] })[0]).toBe('Loading ollama/a…');
    expect(buildTrayMenu({ ...running, loads: [load] }).tooltip).toContain('\nLoading ollama/a…');
    expect(
      linesOf({
        loads: [
          { ...load, progress: 0.47 },
          { ...load, model: 'b/c', doing: 'unloading' },
        ],
      }),
    ).toEqual(['Loading ollama/a: 40 %', 'Unloading b/c…']);
    const starting = report([], { state: 'loading' });
    expect(linesOf({ report: starting })[0]).toBe('ollama is loading its model…');
    expect(linesOf({ report: starting, loads: [load] })[0]).toBe('Loading ollama/a…');
    expect(linesOf({ report: starting, loads: [load] })[1]).not.toContain('ollama is');
  });

  it('marks models that are being loaded', () => {
    const state = report([
      { ...model('ollama/a', false), loading: 'loading' },
      { ...model('ollama/b'), loading: 'unloading' },
      { ...model('ollama/c', false), loading: 'idle' },
    ]);
    expect(labels(modelLines({ ...running, report: state }))).toEqual([
      'ollama/a (loading…)',
      'ollama/b (unloading…)',
      'ollama/c (not loaded)',
    ]);
  });

  describe('with agents that are set up', () => {
    const models = report([model('ollama/a'), model('ollama/b', false)], { slots: { default: 'ollama/a' } });
    const claude = {
      id: 'claude-code',
      label: 'Claude Code',
      slots: { default: 'ollama/b', haiku: 'ollama/a' },
      kept: null,
      drifted: false,
    } as const;
    const submenu = (items: readonly TrayItem[], label: string): readonly TrayItem[] => {
      const found = items.find((item) => item.type === 'submenu' && item.label === label);
      return found?.type === 'submenu' ? found.items : [];
    };
    const inUse = (...agents: TrayState['agents']) =>
      submenu(buildTrayMenu({ ...running, report: models, agents }).items, 'Models in use');

    it('says whose requests stay on this computer', () => {
      const state = { ...running, report: models, agents: [claude], localOnly: new Set(['claude-code'] as const) };
      expect(labels(submenu(buildTrayMenu(state).items, 'Models in use'))[0]).toBe('Claude Code (this computer only)');
    });

    it('each has a submenu with its own model, and all else that of the default slot', () => {
      expect(labels(inUse(claude))).toEqual(['Claude Code', 'Everything else']);
      const use = (id: string) => ({ kind: 'use-agent-model', agent: 'claude-code', model: id });
      expect(submenu(inUse(claude), 'Claude Code')).toEqual([
        { type: 'radio', label: 'ollama/a', checked: false, act: use('ollama/a') },
        { type: 'radio', label: 'ollama/b (not loaded)', checked: true, act: use('ollama/b') },
        { type: 'separator' },
        {
          type: 'normal',
          label: 'Switch off, remember it',
          act: { kind: 'switch-agent', agent: 'claude-code', on: false },
        },
      ]);
      expect(submenu(inUse(claude), 'Everything else')[0]).toMatchObject({ label: 'ollama/a', checked: true });
    });

    it('one that was switched off is switched on again', () => {
      expect(submenu(inUse({ ...claude, slots: {}, kept: 'ollama/b' }), 'Claude Code (off)')).toEqual([
        { type: 'label', label: 'switched off, ollama/b is remembered' },
        { type: 'normal', label: 'Switch on', act: { kind: 'switch-agent', agent: 'claude-code', on: true } },
      ]);
    });

    it('one whose files someone else has changed is looked at before anything is written', () => {
      const items = submenu(inUse({ ...claude, drifted: true }), 'Claude Code');
      expect(items.some((item) => item.type === 'radio')).toBe(false);
      expect(items).toContainEqual({ type: 'normal', label: 'Review change…', act: { kind: 'open-agents' } });
    });
  });

  it('keeps the chosen model in sight when its server is down', () => {
    const state = report([model('ollama/a')], { slots: { default: 'ollama/a' }, state: 'down' });
    expect(labels(modelLines({ ...running, report: state }))).toEqual(['ollama/a (not reachable)']);
  });

  it('shortens a long list but not by the chosen model', () => {
    const many = Array.from({ length: 60 }, (_, index) => model(`ollama/m${index}`));
    const lines = labels(modelLines({ ...running, report: report(many, { slots: { default: 'ollama/m59' } }) }));
    expect(lines[0]).toBe('ollama/m59');
    expect(lines).toHaveLength(42);
    expect(lines.at(-1)).toBe('20 more…');
  });

  it('says so where nothing is known or found', () => {
    expect(labels(modelLines({ ...running, report: null }))).toEqual(['Looking for servers…']);
    expect(labels(modelLines(running))).toEqual(['No model was found']);
  });

  it('offers a pause only where the service has one', () => {
    expect(labels(buildTrayMenu(running).items)).toContain('Pause gateway');
    expect(labels(buildTrayMenu({ ...running, paused: null }).items)).not.toContain('Pause gateway');
  });
});
