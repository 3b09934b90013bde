import { describe, expect, test } from 'vitest';
import { judgeTrial, type TrialSeen, trialFile } from '../../../src-main/control/trial-verdict.ts';
import type { ActivityRow } from '../../../src-shared/activity.ts';

const nothing: TrialSeen = {
  label: 'Codex',
  executables: ['codex'],
  installed: { executable: '/bin/codex', version: '0.169.0' },
  started: true,
  rows: [],
  file: null,
  end: null,
  endedAfter: null,
  output: '',
};
const ended = { code: 1, failure: null };
const row = (changed: Partial<ActivityRow> = {}): ActivityRow => ({
  id: 'req_1',
  number: 1,
  startedAt: 0,
  state: 'done',
  agent: 'Codex',
  method: 'POST',
  path: '/v1/responses',
  purpose: 'chat',
  protocol: 'responses',
  stream: true,
  model: 'coder',
  modelId: 'box/coder',
  keyId: 'k_1',
  status: 200,
  firstByteMs: 1_240,
  totalMs: 2_000,
  rounds: 1,
  usage: null,
  finishReason: 'stop',
  error: null,
  diagnostics: 0,
  tools: [],
  ...changed,
});
const call = row({ tools: ['exec_command'], finishReason: 'tool-calls' });
const refused = row({
  state: 'refused',
  keyId: null,
  purpose: 'chat',
  error: { kind: 'authentication', message: 'This key is not known.' },
});

describe('a trial that runs', () => {
  test.each<[string, Partial<TrialSeen>, string]>([
    ['waits for a request', {}, 'asked'],
    ['waits for the answer', { rows: [row({ state: 'running', firstByteMs: null })] }, 'answered'],
    ['waits for a tool', { rows: [row()] }, 'tool'],
    ['waits for the file', { rows: [call] }, 'file'],
    ['waits for the file of a tool whose name nobody read', { rows: [{ ...call, tools: null }] }, 'file'],
    ['waits for the end', { rows: [call], file: 'Dragoman works\n' }, 'file'],
  ])('%s', (_what, changed, step) => {
    expect(judgeTrial({ ...nothing, ...changed })).toMatchObject({ state: 'running', step, failure: null });
  });
});

describe('a trial that is over', () => {
  test('has passed once the file says what it was to say, whatever the exit code', () => {
    const trial = judgeTrial({ ...nothing, rows: [call], file: 'Dragoman works\n', end: ended });
    expect(trial).toMatchObject({ state: 'passed', step: null, failure: null });
    expect(trial.facts).toEqual({
      installed: '0.169.0 · /bin/codex',
      asked: 'POST /v1/responses',
      answered: 'box/coder · first token after 1.2 s',
      tool: 'exec_command',
      file: `${trialFile} · Dragoman works`,
    });
  });

  test.each<[string, Partial<TrialSeen>, string, RegExp]>([
    ['nothing is installed', { installed: null, started: false }, 'installed', /no `codex` on the PATH/],
    ['it did not start', { started: false, end: { code: null, failure: 'spawn EACCES' } }, 'started', /spawn EACCES/],
    ['it asked nothing', {}, 'asked', /exit code 1\) before it asked/],
    ['it was refused', { rows: [refused] }, 'answered', /Dragoman refused its request\. This key is not known\./],
    [
      'the server failed',
      { rows: [row({ state: 'failed', error: { kind: 'unavailable', message: 'box does not answer.' } })] },
      'answered',
      /Its request failed\. box does not answer\./,
    ],
    ['the agent left', { rows: [row({ state: 'aborted' })] }, 'answered', /before a model had answered/],
    ['the model called no tool', { rows: [row()] }, 'tool', /box\/coder answered, and called no tool/],
    ['no file came', { rows: [call] }, 'file', /the file was not written/],
    ['the file says something else', { rows: [call], file: 'Hello' }, 'file', /something else/],
    ['it took too long', { rows: [row()], endedAfter: 10 }, 'tool', /ended after 10 minutes\. box\/coder answered/],
  ])('and %s: tells the step, why, and what to do', (_what, changed, step, words) => {
    const { state, step: at, failure } = judgeTrial({ ...nothing, end: ended, ...changed });
    expect({ state, at }).toEqual({ state: 'failed', at: step });
    expect(`${failure?.what} ${failure?.remedy}`).toMatch(words);
    expect(failure?.remedy).toMatch(/\w+\.$/);
  });
});
