import { describe, expect, test } from 'vitest';
import { kinds } from '../../../../src-main/upstreams/kinds.ts';
import { keepsModels, loadsModels } from '../../../../src-renderer/screens/models/server-loading.ts';

describe('what a form offers of loading', () => {
  test.each(kinds)('is what the gateway does with that kind: $id', ({ id, loading }) => {
    expect(loadsModels(id)).toBe(loading !== undefined);
    expect(keepsModels(id)).toBe(loading?.keeps !== undefined);
  });
});
