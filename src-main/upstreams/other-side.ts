import { lookup } from 'node:dns/promises';
import { access, readFile } from 'node:fs/promises';
import type { Environment } from './proxy.ts';

/** What of the machine is asked. */
export interface MachineFacts {
  readonly platform: NodeJS.Platform;
  readonly environment: Environment;
  /** Null where there is no such file. */
  readonly read: (file: string) => Promise<string | null>;
  readonly exists: (file: string) => Promise<boolean>;
  /** Whether the name service knows a name; asked off the main thread. */
  readonly resolves: (name: string) => Promise<boolean>;
}

/** What was found out holds so long; milliseconds. */
const holdsMs = 60_000;

/**
 * The host, as it stands in a URL, under which the machine around this one is reached, where its model servers may run; null where there is none.
 * - In WSL (2, with its own network) it is the default gateway, recognised by the kernel's name and an address of 172.16.0.0/12. Windows that
 *   shares its network with WSL has its servers on loopback, and the gateway is then somebody else's router.
 * - In a container of Docker it is host.docker.internal, in one of Podman host.containers.internal, where the name service knows that.
 */
export function createOtherSide(facts: MachineFacts, now: () => number): () => Promise<string | null> {
  let known: { readonly host: Promise<string | null>; readonly since: number } | null = null;
  return () => {
    if (known === null || now() - known.since > holdsMs) known = { host: findOtherSide(facts), since: now() };
    return known.host;
  };
}

async function findOtherSide(facts: MachineFacts): Promise<string | null> {
  if (facts.platform !== 'linux') return null;
  for (const [mark, host] of [
    ['/.dockerenv', 'host.docker.internal'],
    ['/run/.containerenv', 'host.containers.internal'],
  ] as const) {
    if (await facts.exists(mark)) return (await facts.resolves(host)) ? host : null;
  }
  const kernel = (await facts.read('/proc/sys/kernel/osrelease')) ?? '';
  if (facts.environment.WSL_DISTRO_NAME === undefined && !/microsoft/i.test(kernel)) return null;
  const gateway = defaultGateway((await facts.read('/proc/net/route')) ?? '');
  return gateway !== null && /^172\.(?:1[6-9]|2\d|3[01])\./.test(gateway) ? gateway : null;
}

/** The line of /proc/net/route whose destination is everything; addresses are hexadecimal, the lowest byte first. */
function defaultGateway(routes: string): string | null {
  for (const line of routes.split('\n').slice(1)) {
    const [, destination, gateway] = line.trim().split(/\s+/);
    if (destination !== '00000000' || gateway === undefined || !/^[0-9a-f]{8}$/i.test(gateway)) continue;
    return (gateway.match(/../g) ?? [])
      .toReversed()
      .map((byte) => Number.parseInt(byte, 16))
      .join('.');
  }
  return null;
}

/** This machine. */
export function machineFacts(environment: Environment): MachineFacts {
  return {
    platform: process.platform,
    environment,
    read: (file) => readFile(file, 'utf8').catch(() => null),
    exists: (file) => access(file).then(yes, no),
    resolves: (name) => lookup(name).then(yes, no),
  };
}

const yes = (): boolean => true;
const no = (): boolean => false;
