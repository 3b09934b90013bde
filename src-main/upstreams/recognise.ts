import type { Probe, ProbeAnswer, UpstreamKind } from './kind.ts';
import { kinds } from './kinds.ts';

/**
 * The kind whose sure signs a server gives; null for a server that no kind knows, and where nothing answers. Kinds that usually listen at
 * `port` are looked for first; the general one fits most servers and stays last wherever they listen. Never rejects.
 */
export async function recogniseServer(probe: Probe, port: number | null): Promise<UpstreamKind | null> {
  const isLikely = (kind: UpstreamKind): number => Number(port !== null && kind.defaultPorts.includes(port));
  const order = [...kinds.slice(0, -1).toSorted((a, b) => isLikely(b) - isLikely(a)), ...kinds.slice(-1)];
  const asking = remembering(probe);
  for (const kind of order) {
    try {
      if (await kind.recognise(asking)) return kind;
    } catch {
      // A port where nothing listens, or something that is no model server: the usual case, and nobody's concern.
      return null;
    }
  }
  return null;
}

/** The kind whose vendor's own service a URL leads to; null for any other place. */
export function kindAtVendor(url: string): UpstreamKind | null {
  const { hostname } = new URL(url);
  return kinds.find(({ hosts }) => hosts?.test(hostname) === true) ?? null;
}

/** The same probe, which asks for each path once: several kinds look at the same lists. */
function remembering(probe: Probe): Probe {
  const asked = new Map<string, Promise<ProbeAnswer>>();
  return {
    get(path) {
      const known = asked.get(path) ?? probe.get(path);
      asked.set(path, known);
      return known;
    },
    post: (path, body) => probe.post(path, body),
  };
}
