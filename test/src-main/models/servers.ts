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
