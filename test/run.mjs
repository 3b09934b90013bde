#!/usr/bin/env node
/**
 * Runs the tests tier by tier (test/tiers.mjs). Plain Node ≥ 20.19: the tests themselves run under the Node of `npm ci`.
 *
 *   node test/run.mjs            every tier whose parts are there; one line `skipped: <tier>: <what is missing and how to get it>` for each other
 *   node test/run.mjs TIER…      only these, and what they lack is a failure
 *   TEST_TIERS=all               what a tier lacks is a failure, and so is a test that skips itself
 *   TEST_TIERS=unit,keychain     what these tiers lack is a failure
 *
 * The last line is `N passed, N failed, N skipped`; a skipped tier counts as one. Exit 0 where nothing failed, 2 on wrong usage.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { nodeExecutable } from './node-executable.mjs';
import { filesOf, root, tiers } from './tiers.mjs';

const named = process.argv.slice(2);
const unknown = named.filter((name) => !tiers.some((tier) => tier.name === name));
if (unknown.length > 0) {
  console.error(`no such tier: ${unknown.join(', ')}. Tiers: ${tiers.map((tier) => tier.name).join(', ')}`);
  process.exit(2);
}
const demanded = (process.env.TEST_TIERS ?? '').split(',').map((name) => name.trim());
/** @param {string} name */
const required = (name) => named.includes(name) || demanded.includes('all') || demanded.includes(name);

/**
 * A command in a network namespace that has only loopback; null where the system does not let us make one.
 * @param {readonly string[]} command
 */
function onLoopbackOnly(command) {
  if (process.platform !== 'linux') return null;
  const wrapped = [
    'unshare',
    '--map-root-user',
    '--net',
    'sh',
    '-c',
    'ip link set lo up && exec "$@"',
    'sh',
    ...command,
  ];
  const trial = spawnSync('unshare', ['--map-root-user', '--net', 'ip', 'link', 'set', 'lo', 'up'], {
    stdio: 'ignore',
  });
  return trial.status === 0 ? wrapped : null;
}

/**
 * One vitest run over a tier's files.
 * @param {{ name: string, isolated?: true, display?: boolean }} tier
 * @returns {{ passed: number, failed: number, skipped: string[] }}
 */
function run(tier) {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-test-'));
  const report = join(folder, 'report.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  try {
    const tests = [
      nodeExecutable(),
      vitest,
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ];
    const command = tier.display ? ['xvfb-run', '-a', 'dbus-run-session', '--', ...tests] : tests;
    const alone = tier.isolated ? onLoopbackOnly(command) : null;
    if (tier.isolated)
      console.log(alone ? 'network: a namespace with loopback only' : 'network: proxies that lead nowhere');
    const [program = '', ...options] = alone ?? command;
    const { status } = spawnSync(program, options, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, DRAGOMAN_TEST_TIER: tier.name, ...(alone ? { DRAGOMAN_NETWORK: 'loopback' } : {}) },
    });
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
    const skipped = testResults.flatMap((/** @type {any} */ file) =>
      file.assertionResults
        .filter((/** @type {any} */ test) => test.status !== 'passed' && test.status !== 'failed')
        .map((/** @type {any} */ test) => `${relative(root, file.name)}: ${test.fullName}`),
    );
    // A file that does not load has no failed test, and neither has an error outside of any test: the exit code tells.
    return { passed: numPassedTests, failed: Math.max(numFailedTests, status === 0 ? 0 : 1), skipped };
  } catch (error) {
    console.error(`${tier.name}: the run left no report: ${error instanceof Error ? error.message : error}`);
    return { passed: 0, failed: 1, skipped: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
for (const tier of tiers) {
  if (named.length > 0 && !named.includes(tier.name)) continue;
  if (named.length === 0 && tier.named) {
    lines.push(`apart: ${tier.name}: npm run test:${tier.name}, after npm ci --prefix test/${tier.name}`);
    continue;
  }
  // Without the recordings their tests belong to the unit tier, where they skip themselves; the line about it is wanted all the same.
  const empty = filesOf(tier.name).length === 0 && tier.name !== 'fixtures';
  if (empty && !named.includes(tier.name)) continue;
  const missing = tier.missing();
  if (missing !== null) {
    if (required(tier.name)) total.failed += 1;
    else total.skipped += 1;
    lines.push(`${required(tier.name) ? 'missing' : 'skipped'}: ${tier.name}: ${missing}`);
    continue;
  }
  console.log(`\n── ${tier.name}`);
  const started = performance.now();
  const result = run(tier);
  const unwanted = demanded.includes('all') ? result.skipped : [];
  total.passed += result.passed;
  total.failed += result.failed + unwanted.length;
  total.skipped += result.skipped.length - unwanted.length;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  lines.push(
    `ran: ${tier.name}: ${seconds} s, ${result.passed} passed, ${result.failed} failed, ${result.skipped.length} skipped`,
  );
  for (const test of unwanted) lines.push(`failed because it skipped itself: ${test}`);
}
console.log(`\n${lines.join('\n')}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
