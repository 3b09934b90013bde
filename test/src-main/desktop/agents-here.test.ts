import { describe, expect, it } from 'vitest';
import { agentsAtWork, quitWarning } from '../../../src-main/desktop/agents-here.ts';
import type { ActivityRow } from '../../../src-shared/activity.ts';

const now = 1_795_000_000_000;
const minute = 60_000;

const row = (agent: string | null, ago: number, changed: Partial<ActivityRow> = {}): ActivityRow => ({
  id: 'req_1',
  number: 1,
  startedAt: now - ago,
  state: 'done',
  agent,
  method: 'POST',
  path: '/v1/messages',
  purpose: 'chat',
  protocol: 'messages',
  stream: true,
  model: 'coder',
  modelId: 'box/coder',
  keyId: 'k_1',
  status: 200,
  firstByteMs: 300,
  totalMs: 4_000,
  rounds: 1,
  usage: null,
  finishReason: 'stop',
  error: null,
  diagnostics: 0,
  tools: null,
  ...changed,
});

describe('agents at work', () => {
  it('are those that asked a model within 15 minutes, each once, the latest first', () => {
    const rows = [
      row('OpenCode', minute),
      row('Claude Code', 2 * minute),
      row('OpenCode', 3 * minute),
      row('Codex', 16 * minute),
    ];
    expect(agentsAtWork(rows, now)).toEqual([
      { name: 'OpenCode', lastAskedAt: now - minute },
      { name: 'Claude Code', lastAskedAt: now - 2 * minute },
    ]);
  });

  it('include one whose request has been running for longer', () => {
    expect(agentsAtWork([row('Codex', 40 * minute, { state: 'running' })], now)).toHaveLength(1);
  });

  it('do not include who was turned away or only looked at what there is', () => {
    expect(agentsAtWork([row('Codex', 0, { state: 'refused' }), row('Codex', 0, { purpose: 'other' })], now)).toEqual(
      [],
    );
  });
});

describe('the warning before quitting', () => {
  const said = (agents: readonly string[], running: number, ago = 3 * minute, setUp: readonly string[] = []) =>
    quitWarning(
      agents.map((name) => ({ name, lastAskedAt: now - ago })),
      setUp,
      { running, now, graceMs: 10_000 },
    );

  it('is none where nobody is at work', () => {
    expect(said([], 0)).toBeNull();
  });

  it('names who works, since when, and what becomes of their requests', () => {
    expect(said(['Claude Code'], 0)).toEqual({
      message: 'Claude Code works through Dragoman.',
      detail: 'The last request came 3 minutes ago. Requests fail until Dragoman runs again.',
      isSetUp: false,
    });
    expect(said(['Claude Code', 'Codex', 'OpenCode'], 2)).toEqual({
      message: 'Claude Code, Codex and OpenCode work through Dragoman.',
      detail:
        'The last request came 3 minutes ago. Requests fail until Dragoman runs again. 2 requests are being answered and get 10 seconds to finish.',
      isSetUp: false,
    });
    expect(said(['Claude Code'], 1, 10_000)?.detail).toBe(
      'The last request came less than a minute ago. Requests fail until Dragoman runs again. One request is being answered and gets 10 seconds to finish.',
    );
  });

  it('names agents whose files point here, and what becomes of them when they are switched off', () => {
    expect(said([], 0, 0, ['Codex'])).toEqual({
      message: 'Codex is set up to use Dragoman.',
      detail:
        "Until Dragoman runs again, it reaches no model. Switched off, it goes back to your own settings; Dragoman's tray switches it on again.",
      isSetUp: true,
    });
    expect(said(['Claude Code'], 0, 3 * minute, ['Claude Code', 'Codex'])).toEqual({
      message: 'Claude Code works through Dragoman.',
      detail:
        "The last request came 3 minutes ago. Requests fail until Dragoman runs again. Claude Code and Codex are set up to use it. Switched off, they go back to your own settings; Dragoman's tray switches them on again.",
      isSetUp: true,
    });
  });
});
