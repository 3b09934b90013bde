import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type AgentRights, chooseModels } from '../../../src-main/control/agent-models.ts';
import { createServiceParts } from '../../../src-main/control/service-parts.ts';
import type { AgentId } from '../../../src-shared/agents.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The models of an agent with those of an Ollama that nobody reaches: what the settings say of them counts. */
async function chosen(agent: AgentId, model: string, haiku?: string, rights: AgentRights | null = null) {
  const home = await mkdtemp(join(tmpdir(), 'dragoman-agent-models-'));
  cleanups.push(() => rm(home, { recursive: true, force: true }));
  const models = { tiny: { contextWindow: 4096 }, small: { contextWindow: 16_384 }, large: { contextWindow: 65_536 } };
  const settings = {
    detection: { enabled: false },
    upstreams: [{ id: 'box', kind: 'ollama', baseUrl: 'http://127.0.0.1:9', models: { ...models, unknown: {} } }],
    models: [{ id: 'coder', upstream: 'box', model: 'tiny' }],
  };
  await writeFile(join(home, 'settings.json'), JSON.stringify(settings));
  const parts = await createServiceParts({ home, defaultHome: home, version: '0', environment: {} });
  cleanups.push(() => parts.close());
  const source = { settings: parts.settings.current, detection: parts.detection, isWatching: () => false };
  return chooseModels(source, { agent, model, ...(haiku !== undefined && { slots: { haiku } }) }, {}, rights);
}

const warnings = async (agent: AgentId, model: string, haiku?: string): Promise<readonly string[]> =>
  (await chosen(agent, model, haiku)).warnings;

describe('before an agent is set up', () => {
  it('a context that does not even hold its own prompt is warned of, with what to do', async () => {
    const [warning, ...more] = await warnings('claude-code', 'coder');
    expect(more).toEqual([]);
    expect(warning).toBe(
      'coder has a context of 4,096 tokens. Claude Code takes about 12,500 for its own instructions and tools: not even its first request fits. ' +
        'Set the wanted context in the model’s panel under Models, and Ollama makes a variant that has it. Or start Ollama with `OLLAMA_CONTEXT_LENGTH=65536` in its environment.',
    );
  });

  it('so is one that leaves no room to work, for each agent by what it takes', async () => {
    expect(await warnings('claude-code', 'box/small')).toEqual([expect.stringContaining('has to forget')]);
    expect(await warnings('qwen-code', 'box/small')).toEqual([expect.stringContaining('not even its first request')]);
  });

  it('the models of its tiers count too, each once', async () => {
    expect(await warnings('claude-code', 'box/large', 'box/small')).toEqual([expect.stringMatching(/^box\/small /)]);
    expect(await warnings('claude-code', 'box/tiny', 'box/tiny')).toHaveLength(1);
  });

  it('nothing is said of a context that is large enough, or not known', async () => {
    expect(await warnings('claude-code', 'box/large')).toEqual([]);
    expect(await warnings('claude-code', 'box/unknown')).toEqual([]);
  });
});

describe('the models of an agent whose key may not call all', () => {
  const rights = { name: 'Claude Code', models: ['coder', 'box/large'] };

  it('are those that it may call, by their own names or their alias', async () => {
    const { names, models } = await chosen('claude-code', 'coder', 'box/large', rights);
    expect(names).toEqual({ default: 'coder', haiku: 'box/large' });
    expect(models.map(({ id }) => id)).toEqual(['coder']);
    const other = await chosen('claude-code', 'box/large', undefined, { name: 'Claude Code', models: ['box/large'] });
    expect(other.models).toEqual([]);
  });

  it('are refused where it may not, with the way to let it', async () => {
    await expect(chosen('claude-code', 'coder', 'box/small', rights)).rejects.toThrow(
      'the key "Claude Code" may call coder, box/large only, and not box/small: allow it under Settings, Keys, or by `dragoman key allow`',
    );
  });
});
