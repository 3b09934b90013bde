import { describe, expect, it } from 'vitest';
import { templateFacts, triedTemplateFacts } from '../../../src-main/upstreams/llama-cpp-template.ts';
import { type Rendered, tryTemplate } from '../../../src-main/upstreams/llama-cpp-template-trial.ts';
import type { JsonObject } from '../../../src-shared/json.ts';

let count = 0;
/** Of a template that no other test has. */
const props = (rest: JsonObject = {}): JsonObject => ({
  chat_template: `template ${count++}`,
  build_info: 'b1',
  ...rest,
});
const whole = async (request: JsonObject): Promise<Rendered> => ({ kind: 'prompt', text: JSON.stringify(request) });

describe('what a chat template refuses or loses', () => {
  it('is nothing where all of a conversation is in the prompt', async () => {
    expect(await tryTemplate(whole)).toEqual({});
  });

  it('is not known where the server can not be asked', async () => {
    expect(await tryTemplate(async () => null)).toBeNull();
    const asked = await triedTemplateFacts(props({ chat_template_caps: { supports_tools: false } }), async () => null);
    expect(asked.flags).toEqual({ toolFormat: 'text' });
  });

  it('is not held against it where the server was started without templates: its user has to be told', async () => {
    const found = await tryTemplate(async (request) =>
      'tools' in request ? { kind: 'refused', message: 'tools param requires --jinja flag' } : whole(request),
    );
    expect(found).toEqual({});
  });

  it('is asked once for each template and build, and never of a model that sleeps', async () => {
    let asked = 0;
    const render = (request: JsonObject) => {
      asked++;
      return whole(request);
    };
    const asleep = props({ is_sleeping: true });
    await triedTemplateFacts(asleep, render);
    expect(asked).toBe(0);
    const awake = { ...asleep, is_sleeping: false };
    await triedTemplateFacts(awake, render);
    const first = asked;
    expect(first).toBeGreaterThan(0);
    await triedTemplateFacts(awake, render);
    await triedTemplateFacts(asleep, render);
    expect(asked).toBe(first);
    await triedTemplateFacts({ ...awake, build_info: 'b2' }, render);
    expect(asked).toBe(2 * first);
  });

  it('overrules what its capabilities promise', async () => {
    const withoutTools = ({ tools: _, ...request }: JsonObject) => whole(request);
    const facts = await triedTemplateFacts(props({ chat_template_caps: { supports_tools: true } }), withoutTools);
    // The call in the history names the tool, too; its description stands with the tool alone.
    expect(facts).toMatchObject({ tools: false, flags: { toolFormat: 'text' } });
  });

  it('is read from the capabilities alone where no more is known', () => {
    const flagsOf = (chat_template_caps: JsonObject) => templateFacts({ chat_template: 'x', chat_template_caps }).flags;
    expect(flagsOf({ supports_tools: false, supports_tool_calls: false })).toEqual({ toolFormat: 'text' });
    expect(flagsOf({ supports_tools: true, supports_tool_calls: false })).toEqual({ toolFormat: 'text-history' });
    expect(flagsOf({ supports_system_role: false })).toEqual({ systemMessages: false });
  });
});
