// Makes docs/window.png and its dark twin, the pictures of the README: the built window before servers that are made up.
// Wants a Chromium (CHROMIUM, else Debian's); the results are committed, so only whoever changes a screen runs it:
//
//     npm run build && npm run picture
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tiers.mjs';
import { exampleAgents, exampleListed, exampleServers } from './example-set-up.ts';
import { fakeRow, startFakeService } from './fake-service.ts';
import { openPage, startBrowser } from './window.ts';

const service = await startFakeService({
  servers: exampleServers,
  listed: exampleListed,
  agents: exampleAgents,
  rows: [],
  slots: { default: 'ollama/qwen3-coder:30b', haiku: 'ollama/qwen3:4b' },
  tokensPerSecond: 42,
});
const browser = await startBrowser();
try {
  for (const [colorScheme, file] of [
    ['light', 'window.png'],
    ['dark', 'window-dark.png'],
  ] as const) {
    const { page } = await openPage(browser, service.ui, {
      colorScheme,
      viewport: { width: 1080, height: 720 },
      deviceScaleFactor: 2,
    });
    await page.getByText('gpt-oss-20b').first().waitFor();
    if (colorScheme === 'light')
      service.push({ rows: [fakeRow(1, { state: 'running' }), fakeRow(2, { state: 'running' })] });
    await page.getByText('2 requests · 84 tok/s').waitFor();
    const path = join(root, 'docs', file);
    await page.screenshot({ path, animations: 'disabled' });
    await page.context().close();
    console.log(`docs/${file}: ${Math.round(statSync(path).size / 1024)} KiB`);
  }
} finally {
  await browser.close();
  await service.close();
}
