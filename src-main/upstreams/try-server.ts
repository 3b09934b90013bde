import type { UpstreamSettings } from '../../src-shared/settings.ts';
import type { UpstreamClient } from './client.types.ts';
import { inspectServer } from './inspect-server.ts';
import type { Inspection, UpstreamKind } from './kind.ts';
import { kindOf } from './kinds.ts';
import { createProbe } from './probe.ts';
import { kindAtVendor, recogniseServer } from './recognise.ts';
import { configuredTarget, type SecretResolver } from './target.ts';

/** What a server says when it is asked once. */
export interface Trial {
  /** As the kind that was chosen reads it. */
  readonly inspection: Inspection;
  /** The kind whose sure signs it gives; null where none does. */
  readonly recognised: UpstreamKind | null;
}

/** Asks a server that is in no settings yet, or not with these ones. Never rejects: what went wrong is the inspection's state. */
export async function tryServer(
  client: UpstreamClient,
  settings: UpstreamSettings,
  resolveSecret: SecretResolver,
): Promise<Trial> {
  const kind = kindOf(settings.kind);
  const probe = createProbe(client, configuredTarget(settings, kind, resolveSecret));
  const inspection = await inspectServer(kind, probe, null);
  if (inspection.state === 'down') return { inspection, recognised: null };
  const port = Number(new URL(settings.baseUrl).port) || null;
  return { inspection, recognised: kindAtVendor(settings.baseUrl) ?? (await recogniseServer(probe, port)) };
}
