import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { UpstreamKindId } from '../../src-shared/settings.ts';
import { nodeExecutable } from '../node-executable.mjs';
import { root } from '../tiers.mjs';
import { firstJsonLine, type Program, startProgram } from './program.ts';

/** The built service, started as a user starts it, in a home of its own. */
export interface Serve extends Program {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The process that listens. */
  readonly pid: number;
  /** A local key with all scopes. */
  readonly key: string;
  readonly home: string;
}

/** One upstream, as the settings file has it. */
export interface UpstreamEntry {
  readonly id: string;
  readonly kind: UpstreamKindId;
  readonly baseUrl: string;
  /** What it is spoken to in, where the kind's own choice is not wanted. */
  readonly protocol?: Protocol;
  readonly models?: Readonly<Record<string, { readonly contextWindow?: number }>>;
  readonly timeouts?: { readonly connectMs?: number; readonly firstByteMs?: number; readonly idleMs?: number };
}

export interface ServeSettings {
  readonly upstreams: readonly UpstreamEntry[];
  readonly slots?: Readonly<Record<string, string>>;
  readonly gateway?: Readonly<Record<string, number>>;
}

/** Starts `dragoman serve` on a free port with these settings and detection off. Stopping it removes its home. */
export async function startServe(settings: ServeSettings, env: NodeJS.ProcessEnv = process.env): Promise<Serve> {
  const home = mkdtempSync(join(tmpdir(), 'dragoman-home-'));
  writeFileSync(join(home, 'settings.json'), JSON.stringify({ detection: { enabled: false }, ...settings }, null, 2));
  const key = `dgm_${'t'.repeat(43)}`;
  const options = [join(root, 'bin/dragoman.mjs'), 'serve', '--json', '--no-ui', '--port', '0', '--home', home];
  const program = startProgram(nodeExecutable(), options, { ...env, DRAGOMAN_KEY: key });
  const stop = async () => {
    await program.stop();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const { gateway, pid } = await firstJsonLine(program);
    if (typeof gateway !== 'string' || typeof pid !== 'number')
      throw new Error('the listening line lacks gateway or pid');
    return { ...program, url: gateway, pid, key, home, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
