/**
 * Sets up an agent, or undoes that, in a process of its own, for tests that kill it or take its rights:
 *
 *     node test/programs/set-up-agent.ts setup|undo AGENT ROOT [--kill-at CALL] [--user UID]
 *
 * ROOT as `placeAt` has it. `--kill-at`: the process is killed in place of this call (from 1) of the file system. `--user`: as this user, in the
 * group of the same number alone.
 * Prints `done`, or why it was refused.
 */
import * as files from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { agents } from '../../src-main/agents/all-agents.ts';
import { RefusedChange } from '../../src-main/agents/refused-change.ts';
import { type FileSystem, refusalOf } from '../../src-main/agents/text-file.ts';
import { agentIds } from '../../src-shared/agents.ts';
import { placeAt, setup } from '../src-main/agents/place.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { 'kill-at': { type: 'string' }, user: { type: 'string' } },
});
const [act, name, root] = positionals;
const id = agentIds.find((known) => known === name);
if (id === undefined || root === undefined) throw new Error('setup|undo AGENT ROOT');
if (values.user !== undefined) {
  const user = Number(values.user);
  process.setgroups?.([]);
  process.setgid?.(user);
  process.setuid?.(user);
}

const killAt = Number(values['kill-at'] ?? Number.POSITIVE_INFINITY);
let calls = 0;
const system: FileSystem = new Proxy<FileSystem>(files, {
  get: (target, call, receiver) => {
    const real: unknown = Reflect.get(target, call, receiver);
    if (typeof real !== 'function') return real;
    return (...args: unknown[]) => {
      calls += 1;
      if (calls >= killAt) process.kill(process.pid, 'SIGKILL');
      return Reflect.apply(real, target, args);
    };
  },
});
const place = placeAt(root);
try {
  await place.record.alone(async () => {
    if (act === 'undo') await place.undo(agents[id], 'user', system);
    else await place.setUp(agents[id], setup, 'user', system);
  });
  console.log('done');
} catch (error) {
  const refusal = refusalOf(error, null);
  if (!(refusal instanceof RefusedChange)) throw error;
  console.log(refusal.refusal.why);
}
