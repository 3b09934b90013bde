#!/usr/bin/env node
// Renders assets/icon.svg and assets/tray/*.svg to the PNG files that the app and its packages need. Wants a Chromium (CHROMIUM, else
// Debian's); the results are committed, so only whoever changes a picture runs it: npm run icons
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';

const assets = resolve(dirname(fileURLToPath(import.meta.url)), '..', 'assets');
const states = ['idle', 'working', 'problem'];
/** macOS colours a template image itself: only its shape counts. @param {string} svg */
const asTemplate = (svg) => svg.replaceAll('#2f9aa6', '#000');
/** @type {readonly { svg: string, png: string, size: number, template?: true }[]} */
const pictures = [
  { svg: 'icon.svg', png: 'icon.png', size: 1024 },
  ...states.flatMap((state) => [
    { svg: `tray/${state}.svg`, png: `tray/${state}.png`, size: 24 },
    { svg: `tray/${state}.svg`, png: `tray/${state}@2x.png`, size: 48 },
    { svg: `tray/${state}.svg`, png: `tray/${state}Template.png`, size: 16, template: /** @type {const} */ (true) },
    { svg: `tray/${state}.svg`, png: `tray/${state}Template@2x.png`, size: 32, template: /** @type {const} */ (true) },
  ]),
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
for (const { svg, png, size, template } of pictures) {
  const text = readFileSync(join(assets, svg), 'utf8');
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const source = Buffer.from(template ? asTemplate(text) : text).toString('base64');
  await page.setContent(
    `<body style="margin:0"><img src="data:image/svg+xml;base64,${source}" width="${size}" height="${size}" style="display:block">`,
  );
  await page.locator('img').evaluate((image) => image instanceof HTMLImageElement && image.decode());
  writeFileSync(join(assets, png), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
