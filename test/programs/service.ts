import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ControlClient, localControl } from '../../src-main/control/client.ts';
import { type Service, startService } from '../../src-main/service.ts';

/** A service of this process with a gateway, in a home of its own. */
export interface TestService {
  readonly service: Service;
  readonly control: ControlClient;
  /** A Messages request; `stream` unless `more` says otherwise. */
  ask(
    model: string,
    scenario: string,
    more?: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  stop(): Promise<void>;
}

const key = `dgm_${'t'.repeat(43)}`;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined, flush: () => undefined };

/** @param settings detection is off, and the port is a free one */
export async function startTestService(
  settings: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestService> {
  const home = mkdtempSync(join(tmpdir(), 'dragoman-service-'));
  writeFileSync(join(home, 'settings.json'), JSON.stringify({ detection: { enabled: false }, ...settings }));
  const options = { home, defaultHome: home, version: '0', environment, log: silent, uiDirectory: null };
  const started = await startService({ ...options, port: 0, key });
  if (!started.ok) throw new Error(started.message);
  const { service } = started;
  await service.parts.detection.firstScan;
  const post = (path: string, body: unknown, signal?: AbortSignal): Promise<Response> =>
    fetch(service.url() + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': key },
      body: JSON.stringify(body),
      ...(signal !== undefined && { signal }),
    });
  return {
    service,
    control: localControl(service.parts),
    post,
    ask: (model, scenario, more = {}, signal) =>
      post(
        '/v1/messages',
        { model, max_tokens: 256, stream: true, messages: [{ role: 'user', content: `[[${scenario}]]` }], ...more },
        signal,
      ),
    async stop() {
      await service.stop(0);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
