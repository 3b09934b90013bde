import { createModelDirectory } from '../../../src-main/models/route.ts';
import type { Route } from '../../../src-main/models/route.types.ts';
import type { KnownServer, ServersSnapshot } from '../../../src-main/upstreams/detection.ts';
import { unknownCapabilities, unknownContext } from '../../../src-main/upstreams/inspection.ts';
import type { InspectedModel, Inspection } from '../../../src-main/upstreams/kind.ts';
import { kindOf } from '../../../src-main/upstreams/kinds.ts';
import { configuredTarget, detectedTarget } from '../../../src-main/upstreams/target.ts';
import { type Settings, settingsSchema } from '../../../src-shared/settings.ts';

export function model(name: string, more: Partial<InspectedModel> = {}): InspectedModel {
  return {
    name,
    otherNames: [],
    loaded: null,
    contextWindow: unknownContext,
    capabilities: unknownCapabilities,
    flags: {},
    ...more,
  };
}

export function up(...models: readonly InspectedModel[]): Inspection {
  return { state: 'up', version: '1', message: null, models, listKnown: true };
}

export const down: Inspection = {
  state: 'down',
  version: null,
  message: 'It is not running.',
  models: [],
  listKnown: false,
};

/** A snapshot of the settings' upstreams, each with the inspection given (null: never asked), and of detected Ollamas. */
export function world(
  input: unknown,
  inspections: Readonly<Record<string, Inspection | null>>,
  detected: Readonly<Record<string, Inspection>> = {},
): { readonly settings: Settings; readonly snapshot: ServersSnapshot } {
  const settings = settingsSchema.parse(input);
  const configured = settings.upstreams.map((upstream): KnownServer => {
    const target = configuredTarget(upstream, kindOf(upstream.kind), () => Promise.resolve({ kind: 'none' }));
    const { baseUrl, enabled } = upstream;
    return {
      target,
      baseUrl,
      found: 'configured',
      enabled,
      settings: upstream,
      inspection: inspections[upstream.id] ?? null,
    };
  });
  const found = Object.entries(detected).map(([id, inspection]): KnownServer => {
    const baseUrl = 'http://127.0.0.1:11434';
    return {
      target: detectedTarget(id, kindOf('ollama'), baseUrl),
      baseUrl,
      found: 'detected',
      enabled: true,
      settings: null,
      inspection,
    };
  });
  return { settings, snapshot: { servers: [...configured, ...found] } };
}

/** The way to model `m` of an upstream of that kind. */
export async function routeTo(kind: string, baseUrl: string, contextWindow: number | null = null): Promise<Route> {
  const stated = model('m', { contextWindow: { inForce: contextWindow, maximum: null, source: null } });
  const made = world({ upstreams: [{ id: 'box', kind, baseUrl }] }, { box: up(stated) });
  const models = createModelDirectory({
    settings: () => made.settings,
    snapshot: () => made.snapshot,
    firstScan: Promise.resolve(),
  });
  const result = await models.route('box/m');
  if (!result.ok) throw new Error(result.error.message);
  return result.route;
}
