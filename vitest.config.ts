import { defineConfig } from 'vitest/config';
import { filesOf } from './test/tiers.mjs';

// test/run.mjs runs one tier at a time and names it here; `npx vitest run PATH` by hand finds every tier but the agents', which are slow.
const tier = process.env.DRAGOMAN_TEST_TIER;

export default defineConfig({
  test: {
    include: tier === undefined ? ['test/**/*.test.{ts,tsx}'] : filesOf(tier),
    exclude: ['**/node_modules/**', ...(tier === undefined ? ['test/agents/**'] : [])],
    // Tiers that start servers and agents share two cores with them.
    fileParallelism: tier === undefined || tier === 'unit' || tier === 'fixtures',
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
