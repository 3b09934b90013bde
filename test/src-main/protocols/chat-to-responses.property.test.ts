import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WrappedInput } from '../../../src-main/protocols/conversation/wrapped-input.ts';
import { summaryParts } from '../../../src-main/protocols/responses/summary-parts.ts';
import { anyFlags, anyPart } from '../../any-parts.ts';
import { testAssembler, toolNames } from '../../chat-to-messages.ts';
import { testContext, translateToResponses } from '../../chat-to-responses.ts';
import { responsesGrammar } from '../../responses-grammar.ts';

/** What must hold for any Responses stream: G6, G8 and G9. */

test('G6, G9 whatever parts come, the stream keeps the grammar, with keep-alives anywhere, and says what the JSON answer says', () => {
  const wrapped = { name: 'get_weather', toolKind: 'custom', own: false, wrapped: true } as const;
  fc.assert(
    fc.property(fc.array(anyPart, { maxLength: 30 }), anyFlags, fc.boolean(), (parts, flags, codex) => {
      const assembler = testAssembler({ answerId: 'resp_1', flags, toolNames: toolNames(wrapped, 'get_time') });
      const answer = translateToResponses([...parts, { kind: 'end' }], testContext({ codex }), assembler, true);
      expect(responsesGrammar(answer.text, { codex, unreadableArguments: true })).toEqual([]);
      expect(answer.text).not.toContain('undefined');
      if (answer.json === null) return;
      const texts = (output: unknown): string => JSON.stringify(output, (key, value) => (key === 'id' ? null : value));
      expect(texts(answer.response.output)).toBe(texts(answer.json.output));
    }),
    { numRuns: 1500 },
  );
});

test('D07 the free text of a custom tool is the same however its arguments are cut', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(text, fc.boolean(), fc.array(fc.nat({ max: 60 }), { maxLength: 8 }), (input, ascii, cuts) => {
      const json = JSON.stringify({ input });
      const wire = ascii
        ? json.replaceAll(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
        : json;
      const places = [0, ...cuts.map((cut) => cut % (wire.length + 1)).sort((a, b) => a - b), wire.length];
      const wrapped = new WrappedInput();
      const shown = places.slice(1).map((end, at) => wrapped.feed(wire.slice(places[at], end)));
      const said = [...shown, wrapped.end()];
      expect(said.join('')).toBe(input.replaceAll('\0', '\uFFFD'));
      expect(said.every((piece) => !/\p{Surrogate}/u.test(piece))).toBe(true);
      expect(wrapped.text).toBe(said.join(''));
    }),
  );
});

test('the parts of a summary are the reasoning again', () => {
  const word = fc.constantFrom('\n', '\n\n', '**', '**Title**', 'text', ' ', '*');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 20 }), (words) => {
      expect(summaryParts(words.join('')).join('\n\n')).toBe(words.join(''));
    }),
  );
});
