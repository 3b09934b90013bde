import fc from 'fast-check';
import type { Part } from '../src-main/protocols/conversation/events.ts';
import type { CompatFlags } from '../src-shared/compat-flags.ts';

/** Text of any kind, and what the readers of answers look for. */
export const anyWord = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom(' ', '\n', '<think>', '</think>', '<tool_call>', '{"a":1}', '{"a', '":1}', '{}', 'null', ''),
);
/** A part of an answer, of any kind and often one that makes no sense where it comes. */
export const anyPart: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: anyWord }),
  fc.record({ kind: fc.constant('refusal' as const), text: anyWord }),
  fc.record({
    kind: fc.constant('reasoning' as const),
    text: anyWord,
    field: fc.constantFrom('reasoning', 'reasoning_content'),
  }),
  fc.record({ kind: fc.constant('reasoning-state' as const), signature: anyWord }),
  fc.record({ kind: fc.constant('reasoning-state' as const), redacted: anyWord }),
  fc.record({ kind: fc.constant('block-end' as const) }),
  fc.record(
    {
      kind: fc.constant('tool-call' as const),
      id: fc.constantFrom('a', 'b', 'functions.x:0'),
      index: fc.nat({ max: 2 }),
      name: fc.constantFrom('get_weather', 'get_', 'time', 'unknown'),
      arguments: anyWord,
    },
    { requiredKeys: ['kind'] },
  ),
  fc.record({
    kind: fc.constant('usage' as const),
    usage: fc.record({
      inputTokens: fc.nat(),
      cacheReadTokens: fc.nat(),
      cacheWriteTokens: fc.nat(),
      outputTokens: fc.nat(),
    }),
  }),
  fc.record({
    kind: fc.constant('finish' as const),
    reason: fc.constantFrom('stop' as const, 'length' as const, 'tool-calls' as const, 'content-filter' as const),
  }),
  fc.record({ kind: fc.constant('alive' as const) }),
  fc.record({ kind: fc.constant('diagnostic' as const), what: anyWord, why: anyWord }),
  fc.constant({ kind: 'error', error: { kind: 'upstream-failure', message: 'x' } } as const),
  fc.record({ kind: fc.constant('done' as const) }),
  fc.record({ kind: fc.constant('waited-enough' as const) }),
);
/** Flags that change how an answer is put together. */
export const anyFlags = fc.record({
  thinkTags: fc.constantFrom<CompatFlags['thinkTags']>('never', 'auto', 'always', 'implicit-open'),
  leakedToolCalls: fc.boolean(),
  toolFormat: fc.constantFrom<CompatFlags['toolFormat']>('native', 'text-history', 'text'),
  contentFilterIsRefusal: fc.boolean(),
});
