import { describe, expect, it } from 'vitest';
import { keyConflicts } from '../../../src-main/control/agent-key-conflicts.ts';
import { mintKey } from '../../../src-main/keys/mint.ts';
import { type KeySettings, settingsSchema } from '../../../src-shared/settings.ts';

const agent = { id: 'codex', label: 'Codex' } as const;
const { key, entry } = mintKey({ name: 'Codex', agent: 'codex' });

/** What is told of a set-up with these models, whose files hold these values, while these keys are in the settings. */
function told(keys: readonly KeySettings[], models: Readonly<Record<string, string>>, held: readonly string[] = [key]) {
  const values = held.map((value) => ({ path: ['token'], before: null, value }));
  const file = { path: '/f', created: true, folders: [], base: '', written: '', values, containers: [] };
  const upstreams = [{ id: 'box', kind: 'vllm', baseUrl: 'http://box:1' }];
  const aliases = [{ id: 'coder', upstream: 'box', model: 'large' }];
  const settings = settingsSchema.parse({ keys, upstreams, models: aliases });
  return keyConflicts(agent, { models, at: '2026-01-01T00:00:00Z', files: [file] }, settings);
}

describe('the key of an agent', () => {
  it('is in nobody’s way as long as it may call what the agent is set up with', () => {
    expect(told([entry], { default: 'coder', haiku: 'box/small' })).toEqual([]);
    expect(told([{ ...entry, models: ['box/*'] }], { default: 'coder' })).toEqual([]);
    expect(told([{ ...entry, models: ['coder'] }], { default: 'coder' })).toEqual([]);
  });

  it('that may not call one of them is told with the models, and one press lets it', () => {
    const [conflict, ...more] = told([{ ...entry, models: ['coder'] }], { default: 'coder', haiku: 'box/small' });
    expect(more).toEqual([]);
    expect(conflict).toMatchObject({
      kind: 'gateway',
      what: 'The key “Codex” may not call box/small',
      effect: expect.stringContaining('are refused'),
      mend: 'allow-models',
    });
  });

  it('that was revoked is told, and one press makes another', () => {
    expect(told([mintKey({ name: 'Codex', agent: 'codex' }).entry], {})).toMatchObject([
      { what: 'The key of Codex was revoked', mend: 'set-up' },
    ]);
  });

  it('that stands in the environment is the one that was made for the agent', () => {
    expect(told([entry], { default: 'coder' }, ['DRAGOMAN_API_KEY'])).toEqual([]);
    expect(told([], { default: 'coder' }, ['DRAGOMAN_API_KEY'])).toHaveLength(1);
  });
});
