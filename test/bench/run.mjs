#!/usr/bin/env node
/**
 * What the gateway costs: the same requests to a fake upstream in its own process, directly and through the built service, in one run.
 *
 *   npm run bench [-- --json FILE] [-- --quick]
 *
 * Prints a table, and the figures as JSON in the last line or in FILE. It measures and never fails over a figure.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodeExecutable } from '../node-executable.mjs';
import { root } from '../tiers.mjs';

const program = join(root, 'test/bench/bench.ts');
const { status } = spawnSync(nodeExecutable(), [program, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;
