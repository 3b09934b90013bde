#!/usr/bin/env node
/**
 * `npm run check`: types, lint and format, promise rules, layering. Plain Node ≥ 20.19. Runs all of them whatever fails.
 * The last line is `N passed, N failed, 0 skipped`; exit 0 where all passed.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeExecutable } from './node-executable.mjs';
import { root } from './tiers.mjs';

/** A tool of node_modules, started without npm's shell wrappers. @param {string} script @param {...string} args */
const tool = (script, ...args) => [join(root, 'node_modules', script), ...args];

const checks = [
  { name: 'types', fix: 'npx tsc -p .', command: tool('typescript/bin/tsc', '-p', '.') },
  {
    name: 'lint and format',
    fix: 'npx biome check --write',
    command: tool(
      '@biomejs/biome/bin/biome',
      'ci',
      '--error-on-warnings',
      ...(process.stdout.isTTY ? [] : ['--colors=off']),
    ),
  },
  {
    name: 'promises and switches',
    fix: 'await or void the promise; handle every case',
    // Promise rules need types, which Biome does not have: .oxlintrc.json turns on these three and nothing else.
    command: tool('oxlint/bin/oxlint', '--type-aware'),
  },
  {
    name: 'layering',
    fix: 'see the folder table of ARCHITECTURE.md',
    command: [join(root, 'test/layering/report.mjs')],
  },
];

const lines = [];
let failed = 0;
for (const { name, fix, command } of checks) {
  console.log(`\n── ${name}`);
  const started = performance.now();
  const { status } = spawnSync(nodeExecutable(), command, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (status !== 0) failed += 1;
  lines.push(status === 0 ? `passed: ${name}: ${seconds} s` : `FAILED: ${name}: ${seconds} s (${fix})`);
}
console.log(`\n${lines.join('\n')}`);
console.log(`${checks.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
