import { describe, expect, it } from 'vitest';
import { createKeyRing, runOnlyKey } from '../../../src-main/keys/key-ring.ts';
import { hashKey, mintKey, type NewKey } from '../../../src-main/keys/mint.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
function minted(wanted: Omit<NewKey, 'name'> = {}) {
  const { key, entry } = mintKey({ name: 'test', ...wanted });
  return { key, entry, accepted: createKeyRing([entry], () => now).check(key) };
}

describe('local keys', () => {
  it('are dgm_ and 43 base64url characters, kept as a hash and a hint', () => {
    const { key, entry } = minted();
    expect(key).toMatch(/^dgm_[A-Za-z0-9_-]{43}$/);
    expect(entry).toEqual({
      id: entry.id,
      name: 'test',
      hash: hashKey(key),
      hint: key.slice(-4),
      scopes: ['chat', 'embeddings'],
      models: ['*'],
      slots: {},
      localOnly: false,
      expiresAt: null,
      agent: null,
    });
    expect(JSON.stringify(entry)).not.toContain(key);
  });

  it('are accepted only whole', () => {
    const { key, entry, accepted } = minted();
    expect(accepted).toMatchObject({ id: entry.id, name: 'test', scopes: ['chat', 'embeddings'] });
    const ring = createKeyRing([entry], () => now);
    for (const wrong of ['', key.slice(1), `${key} `, key.toLowerCase(), entry.hash, 'x'.repeat(100_000)])
      expect(ring.check(wrong)).toBeNull();
    expect(createKeyRing([], () => now).check(key)).toBeNull();
  });

  it('end when they expire', () => {
    expect(minted({ expiresAt: '2026-01-01T00:00:01Z' }).accepted).not.toBeNull();
    expect(minted({ expiresAt: '2026-01-01T00:00:00Z' }).accepted).toBeNull();
    expect(minted({ expiresAt: '2026-01-01T01:00:00+02:00' }).accepted).toBeNull();
  });

  it.each([
    [['*'], 'ollama/qwen3:4b', null, true],
    [['ollama/*'], 'ollama/qwen3:4b', null, true],
    [['ollama/*'], 'gpu/qwen3:4b', null, false],
    [['coder'], 'gpu/big', 'coder', true],
    [['coder'], 'gpu/coder', null, false],
    [['*/qwen*:4b'], 'ollama/qwen3:4b', null, true],
    [['a*a'], 'a', null, false],
    [['a.b'], 'axb', null, false],
    [['a*b*c'], 'a1b2c', null, true],
    [['a*b*c'], 'a1c2b', null, false],
  ])('with the models %j may call %s (alias %s): %s', (models, id, alias, allowed) => {
    expect(minted({ models }).accepted?.allowsModel(id, alias)).toBe(allowed);
  });

  it('of a run may be any text and do everything', () => {
    for (const key of ['k', 'some key ✓']) {
      const accepted = createKeyRing([runOnlyKey(key)], () => now).check(key);
      expect(accepted?.scopes).toEqual(['chat', 'embeddings']);
      expect(accepted?.allowsModel('any/model', null)).toBe(true);
    }
  });
});
