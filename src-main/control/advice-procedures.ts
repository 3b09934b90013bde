import { implement, ORPCError } from '@orpc/server';
import type { MachineMemory } from '../../src-shared/advice.ts';
import { modelContract } from '../../src-shared/model-control.ts';
import { estimateMemory } from '../advice/model-memory.ts';
import { startersFor } from '../advice/starters.ts';
import { tuningNotes } from '../advice/tuning-notes.ts';
import type { ModelDirectory } from '../models/route.types.ts';
import type { Detection } from '../upstreams/detection.ts';
import { isLoopbackName } from '../upstreams/target.ts';

export interface AdviceParts {
  readonly detection: Detection;
  readonly directory: ModelDirectory;
  /** What memory this computer has; asked once, when it is first wanted. */
  readonly machine: () => Promise<MachineMemory>;
}

/** What of a model fits into this computer, and how its server is kept fast. */
export function adviceProcedures({ detection, directory, machine }: AdviceParts) {
  const procedures = implement(modelContract);
  return {
    advice: procedures.advice.handler(async ({ input }) => {
      const found = await directory.route(input.model);
      if (!found.ok) throw new ORPCError('NOT_FOUND', { message: found.error.message });
      const { target, upstreamModel, modelId, contextWindow } = found.route;
      const model = modelId.slice(target.id.length + 1);
      const server = detection.snapshot().servers.find((known) => known.target.id === target.id);
      const listed = server?.inspection?.models ?? [];
      // What is asked may be a variant of the model, which shares its weights and is listed once it was made.
      const stated = listed.find(({ name }) => name === upstreamModel) ?? listed.find(({ name }) => name === model);
      const { hostname } = new URL(target.rootUrl);
      const isHere = isLoopbackName(hostname);
      // Vendors' models run on vendors' machines.
      if (!isHere && target.kind.isSelfHosted !== true)
        return { machine: null, memory: null, notes: notesOf(null, null) };
      const here = isHere ? await machine() : null;
      // A server that uses a GPU which is not to be seen from here runs elsewhere, behind a tunnel or in a virtual machine.
      const hasHiddenGpu =
        here !== null && !here.unified && here.gpus.length === 0 && (stated?.memory?.inUse?.gpu ?? 0) > 0;
      const seen = hasHiddenGpu ? null : here;
      const context = { inForce: contextWindow, maximum: stated?.contextWindow.maximum ?? null };
      const { usualBits } = target.kind;
      const sized = { name: model, stated: stated?.memory, context, ...(usualBits !== undefined && { usualBits }) };
      const memory = estimateMemory(sized, seen);
      return { machine: seen, memory, notes: notesOf(seen, memory) };

      function notesOf(place: MachineMemory | null, memory: ReturnType<typeof estimateMemory>) {
        return tuningNotes({
          kind: target.kind.id,
          host: hostname,
          context: contextWindow,
          slots: stated?.slots ?? null,
          machine: place,
          memory,
        });
      }
    }),
    starters: procedures.starters.handler(async () => {
      const here = await machine();
      return { machine: here, starters: startersFor(here) };
    }),
  };
}
