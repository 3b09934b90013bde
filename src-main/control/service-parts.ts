import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createActivityLog } from '../activity/activity-log.ts';
import { readMachine } from '../advice/machine.ts';
import { mintKey } from '../keys/mint.ts';
import { createReplayKeys } from '../keys/replay-keys.ts';
import { createModelLoader } from '../models/model-loader.ts';
import { createModelPuller } from '../models/model-puller.ts';
import { createModelDirectory } from '../models/route.ts';
import { createSessionMoves } from '../models/session-moves.ts';
import { accountsOf } from '../secrets/accounts.ts';
import { createKeychain, loadKeytar } from '../secrets/keychain.ts';
import { createOrigins } from '../secrets/origins.ts';
import { createSecretFiles } from '../secrets/secret-file.ts';
import { isDefaultCollectionLocked } from '../secrets/secret-service.ts';
import type { SecretStore } from '../secrets/secret-store.ts';
import { createUpstreamSecrets } from '../secrets/upstream-secrets.ts';
import { openSettings } from '../settings/store.ts';
import { createUpstreamClient } from '../upstreams/client.ts';
import type { UpstreamClient } from '../upstreams/client.types.ts';
import { createDetection } from '../upstreams/detection.ts';
import { createOtherSide, machineFacts } from '../upstreams/other-side.ts';
import { tryServer } from '../upstreams/try-server.ts';
import { createGatewaySwitch } from './gateway-switch.ts';
import { createLoginStart } from './login-start.ts';
import type { ControlParts } from './router.ts';
import { createSettingsFeed, type ListeningSource } from './settings-feed.ts';
import { type Updates, updatesOff } from './updates.ts';

export interface ServicePartsOptions {
  /** Absolute paths. */
  readonly home: string;
  readonly defaultHome: string;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the gateway says of itself, where one runs in this process. */
  readonly gateway?: {
    readonly url: () => string | null;
    readonly port: () => number | null;
    readonly startedAt: string;
    readonly listening: ListeningSource;
  };
  /** What a settings file that is broken at the start leads to; see `openSettings`. */
  readonly whenSettingsBroken?: 'refuse' | 'defaults';
  /** Another place for secrets than the keychain. */
  readonly secretStore?: SecretStore;
  /** Whether this shell starts when the user logs in, where the settings say so. */
  readonly followsLogin?: boolean;
  /** Newer versions of the program, where its shell looks for them. */
  readonly updates?: Updates;
}

/** The parts that the service and a command without a service share; nothing of it runs yet. */
export interface ServiceParts extends ControlParts {
  readonly client: UpstreamClient;
  /** This run's random id, by which a request that comes back is known. */
  readonly hopId: string;
  close(): Promise<void>;
}

/** Rejects with a SettingsFailure where the settings file is broken. */
export async function createServiceParts(options: ServicePartsOptions): Promise<ServiceParts> {
  const { home, environment, gateway } = options;
  const settings = await openSettings(home, options.whenSettingsBroken);
  const keychain =
    options.secretStore ??
    createKeychain({
      load: loadKeytar,
      isLocked: () => (process.platform === 'linux' ? isDefaultCollectionLocked(environment) : Promise.resolve(null)),
      platform: process.platform,
      mode: environment.DRAGOMAN_KEYCHAIN,
      readLimitMs: 5_000,
      writeLimitMs: 60_000,
    });
  const accounts = accountsOf(home, options.defaultHome);
  const secrets = createUpstreamSecrets({
    store: keychain,
    account: accounts.upstream,
    origins: createOrigins(join(home, 'origins.json')),
    environment,
    files: createSecretFiles(),
    now: () => performance.now(),
  });
  const hopId = randomUUID();
  const client = createUpstreamClient({ hopId, environment });
  const detection = createDetection({
    client,
    settings: settings.current,
    resolveSecret: secrets.resolve,
    ownPort: gateway?.port ?? (() => null),
    environment,
    otherSide: createOtherSide(machineFacts(environment), () => performance.now()),
  });
  const loader = createModelLoader({ client, detection });
  const puller = createModelPuller({ client, detection });
  const directory = createModelDirectory({
    settings: settings.current,
    snapshot: detection.snapshot,
    firstScan: detection.firstScan,
  });
  const gatewaySwitch = createGatewaySwitch();
  const activity = createActivityLog({
    paused: gatewaySwitch.paused,
    captureAllowed: () => settings.current().activity.captureBodies === 'memory',
    now: Date.now,
  });
  gatewaySwitch.onChange(() => activity.overviewChanged());
  const settingsFeed = createSettingsFeed(settings, gateway?.listening ?? null);
  return {
    home,
    environment,
    loginStart: options.followsLogin === true ? createLoginStart(settings) : null,
    version: options.version,
    startedAt: gateway?.startedAt ?? null,
    gatewayUrl: gateway?.url ?? (() => null),
    settings,
    secrets,
    keychain,
    accounts,
    detection,
    tryServer: (upstream, resolveSecret) => tryServer(client, upstream, resolveSecret),
    loader,
    puller,
    directory,
    sessions: createSessionMoves(),
    machine: once(readMachine),
    checkupKey: mintKey({ name: 'Check-up' }).key,
    replayKeys: createReplayKeys(),
    activity,
    gatewaySwitch,
    updates: options.updates ?? updatesOff('Dragoman runs without its app: update it the way you installed it.'),
    settingsFeed,
    listenAgain: gateway?.listening.again ?? null,
    client,
    hopId,
    close: async () => {
      activity.close();
      loader.close();
      puller.close();
      settingsFeed.close();
      detection.stop();
      await client.close();
    },
  };
}

/** A question that is asked when its answer is first wanted. */
function once<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let answer: Promise<Answer> | null = null;
  return () => {
    answer ??= ask();
    return answer;
  };
}
