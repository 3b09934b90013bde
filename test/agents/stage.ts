import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServe, type UpstreamEntry } from '../programs/serve.ts';
import type { AgentOptions } from './agent.ts';

/** What an agent works on in a test; `end` takes all of it away. */
export interface Stage {
  /** A home and a project folder of its own for an agent that uses this model. */
  readonly agent: (model: string) => AgentOptions;
  /** To be undone at the end, the last first. */
  readonly undo: (step: () => unknown) => void;
  readonly end: () => Promise<void>;
}

/** Starts the built gateway before these upstreams. */
export async function startStage(upstreams: readonly UpstreamEntry[]): Promise<Stage> {
  const steps: (() => unknown)[] = [];
  const serve = await startServe({ upstreams });
  steps.push(serve.stop);
  const folder = (name: string): string => {
    const path = mkdtempSync(join(tmpdir(), `dragoman-${name}-`));
    steps.push(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
    return path;
  };
  return {
    agent: (model) => ({ gateway: serve.url, key: serve.key, model, home: folder('agent'), cwd: folder('project') }),
    undo: (step) => steps.push(step),
    async end() {
      for (const step of steps.splice(0).reverse()) await step();
    },
  };
}
