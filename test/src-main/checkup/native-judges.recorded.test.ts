import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { judgeMessages } from '../../../src-main/checkup/judge-messages.ts';
import { judgeResponses } from '../../../src-main/checkup/judge-responses.ts';

const folder = process.env.DRAGOMAN_FIXTURES;
const read = (path: string) => readFileSync(join(folder ?? '', path), 'utf8');
const streams = (path: string, host: string) =>
  folder === undefined
    ? []
    : readdirSync(join(folder, path)).filter((name) => name.includes(host) && name.endsWith('.sse'));

describe.skipIf(folder === undefined)('the judges of native endpoints', () => {
  it.each(streams('recorded/anthropic-messages/stream', 'api-anthropic-com'))(
    'find nothing wrong with Anthropic’s own stream: %s',
    (name) => {
      const text = read(`recorded/anthropic-messages/stream/${name}`);
      expect(judgeMessages(text).faults).toEqual([]);
    },
  );

  it.each(streams('recorded/openai-responses/stream', 'api-openai-com'))(
    'find nothing wrong with OpenAI’s own stream: %s',
    (name) => {
      const text = read(`recorded/openai-responses/stream/${name}`);
      expect(judgeResponses(text).faults).toEqual([]);
    },
  );

  it('see that blocks of llama-server’s Messages overlap', () => {
    const { faults } = judgeMessages(read('model-servers/single/messages-thinktool-stream.sse'));
    expect(faults).toContain('a content block starts before the one before it has stopped');
  });

  it('see that Ollama first tells an estimate of the prompt', () => {
    const { faults, prompt } = judgeMessages(read('model-servers/ollama/messages-texttool-stream.sse'));
    expect(faults).toEqual([]);
    expect(prompt.first).toBeLessThan(prompt.last * 0.8);
  });

  it('see that llama-server’s Responses are not numbered, and look whole where they were cut', () => {
    expect(judgeResponses(read('model-servers/single/responses-tool-stream.sse')).faults).toContain(
      'events are not numbered one by one',
    );
    expect(judgeResponses(read('model-servers/single/responses-incomplete-stream.sse')).end).toBe('completed');
    expect(judgeResponses(read('model-servers/ollama/responses-incomplete-stream.sse')).end).toBe('completed');
  });
});
