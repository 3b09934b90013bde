import { describe, expect, it } from 'vitest';
import { kindOf, kinds } from '../../../src-main/upstreams/kinds.ts';
import { remediesOf } from '../../../src-main/upstreams/remedies.ts';
import { serverKind, serverKinds } from '../../../src-shared/server-kinds.ts';

describe('a kind of server', () => {
  it.each(serverKinds)('has all that is said of it, and its code does what the window says of it: $name', ({ id }) => {
    const kind = kindOf(id);
    const facts = serverKind(id);
    expect(kind.id).toBe(id);
    expect(facts.loads !== undefined).toBe(kind.loading !== undefined);
    expect(facts.loads?.keeps ?? false).toBe(kind.loading?.keeps !== undefined);
    expect(URL.canParse(facts.exampleUrl)).toBe(true);
    if (facts.vendorUrl !== undefined && kind.hosts !== undefined)
      expect(kind.hosts.test(new URL(facts.vendorUrl).hostname)).toBe(true);
    const words = [facts.urlHint, facts.secretHint, facts.firstModel, facts.largerContext, kind.startAdvice];
    for (const remedy of Object.values(remediesOf(kind, { name: 'm', tools: null })))
      if (remedy !== null) words.push(remedy);
    for (const text of words) expect(text).toMatch(/^[A-Z“`][\s\S]*\.$/);
    // What is to be typed stands between backticks.
    for (const text of words) expect(text.split('`').length % 2).toBe(1);
  });

  it('is asked for in the order of the list, the general one last', () => {
    expect(kinds.map(({ id }) => id)).toEqual(serverKinds.map(({ id }) => id));
    expect(kinds.at(-1)?.id).toBe('openai-compatible');
  });
});
