import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dragoman } from '../programs/dragoman.ts';
import { type LlamaServer, startLlamaServer } from '../programs/llama-server.ts';
import { type DesktopApp, endAll, key, startDesktop, within } from './app.ts';

describe.skipIf(!process.env.DRAGOMAN_LLAMA_SERVER)('the window before a real llama-server', () => {
  let server: LlamaServer;
  let desktop: DesktopApp;

  beforeAll(async () => {
    expect(await dragoman(['--version'])).toMatchObject({ code: 0 });
    server = await startLlamaServer({ model: 'scripted-slow', context: 8192 });
    desktop = await startDesktop({ upstreams: [{ id: 'llama', kind: 'llama-cpp', baseUrl: server.url }] });
  }, 180_000);
  afterAll(async () => {
    await endAll();
    await server.stop();
  });

  test('shows its model with the context window in force', async () => {
    const page = await desktop.window();
    const row = page.getByRole('row', { name: /scripted-slow/ });
    await row.waitFor();
    expect(await row.textContent()).toContain('8k');
  });

  test('streams a live answer in Activity while the server still writes it', async () => {
    const page = await desktop.window();
    await page
      .getByRole('navigation', { name: 'Places' })
      .getByRole('button', { name: /Activity/ })
      .click();
    await page.getByRole('switch', { name: /Streaming log/ }).click();

    const answer = await fetch(`${await desktop.gateway()}/v1/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': key,
        'user-agent': 'claude-cli/2.1.0 (external, cli)',
      },
      body: JSON.stringify({
        model: 'llama/scripted-slow',
        max_tokens: 4_000,
        stream: true,
        messages: [{ role: 'user', content: '[[loop]]' }],
      }),
    });
    expect(answer.status).toBe(200);
    const row = page.getByRole('row').filter({ hasText: 'Claude Code' }).filter({ hasText: 'one two three' });
    await row.waitFor();
    const before = await row.textContent();
    await within(10_000, async () => ((await row.textContent()) === before ? undefined : true));
    expect((await server.slots()).some((slot) => slot.is_processing)).toBe(true);
    expect(await row.textContent()).toContain('streaming');

    await answer.body?.cancel();
    const gone = page.getByRole('row').filter({ hasText: 'Claude Code' }).filter({ hasNotText: 'streaming' });
    await gone.waitFor();
    await within(10_000, async () => ((await server.slots()).some((slot) => slot.is_processing) ? undefined : true));
  });
});
