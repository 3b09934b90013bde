import { describe, expect, it } from 'vitest';
import { llamaCpp } from '../../../../src-main/upstreams/llama-cpp.ts';
import { templateFacts } from '../../../../src-main/upstreams/llama-cpp-template.ts';
import { tryTemplate } from '../../../../src-main/upstreams/llama-cpp-template-trial.ts';
import type { CompatFlags } from '../../../../src-shared/compat-flags.ts';
import { templateConversations } from '../../../template-conversations.ts';
import { translate } from '../messages/translate.ts';
import { type RecordedTemplate, recordedTemplates, rendered, shapesOf } from './template-shapes.ts';

const folder = process.env.DRAGOMAN_FIXTURES;

/** Every conversation that is sent in a shape which `isBad`, as "conversation: shape". */
function sentIn(flags: Partial<CompatFlags>, isBad: (shape: string) => boolean): readonly string[] {
  return templateConversations.flatMap(({ shape: name, body }) => {
    const { messages, tools } = translate(body, { flags: { ...llamaCpp.flags, ...flags } });
    const bad = shapesOf({ messages, tools }).filter(isBad);
    return bad.map((shape) => `${name}: ${shape}`);
  });
}

const isBadFor =
  ({ breaks, loses }: RecordedTemplate) =>
  (shape: string) =>
    breaks.has(shape) || loses.has(shape);

/** The flags that the server's own rendering tells. */
async function flagsTold(template: RecordedTemplate): Promise<Partial<CompatFlags>> {
  const found = await tryTemplate(async ({ messages, tools }) =>
    rendered(template, JSON.parse(JSON.stringify({ messages, tools: tools ?? [] }))),
  );
  return { ...templateFacts(template.props).flags, ...found };
}

describe.skipIf(!folder)('no conversation is sent in a shape that a recorded chat template refuses or loses', () => {
  const templates = folder === undefined ? [] : recordedTemplates(folder);

  it('has the whole table: 65 templates, of which some refuse and some lose every shape in question', () => {
    expect(templates).toHaveLength(65);
    const known = new Set(templates.flatMap(({ breaks, loses }) => [...breaks.keys(), ...loses]));
    expect([...known].sort()).toEqual([
      'assistant_first',
      'calls',
      'orphan_result',
      'system_last',
      'system_late',
      'system_only',
      'text_with_call',
      'tool_call_ids',
      'tool_messages',
      'tool_result_parts',
      'tool_round_then_user',
      'tools',
      'two_assistants',
      'two_calls',
      'two_systems',
      'two_users',
    ]);
  });

  it.each(templates)('$name, when the server shows what it makes of them', async (template) => {
    expect(sentIn(await flagsTold(template), isBadFor(template))).toEqual([]);
  });

  it.each(templates)('$name, when the server only tells its template: none that is refused', (template) => {
    expect(sentIn(templateFacts(template.props).flags, (shape) => template.breaks.has(shape))).toEqual([]);
  });

  it('and would be, without the flags', () => {
    const harmed = templates.filter((template) => sentIn({}, isBadFor(template)).length > 0);
    expect(harmed.length).toBeGreaterThan(20);
  });
});
