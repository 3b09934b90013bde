import { root } from '../tiers.mjs';
import { layeringViolations } from './check-layering.mjs';

const violations = layeringViolations(root);
for (const violation of violations) console.error(violation);
console.log(
  violations.length === 0 ? 'The layers hold.' : `${violations.length} violations of test/layering/rules.mjs`,
);
process.exitCode = violations.length > 0 ? 1 : 0;
