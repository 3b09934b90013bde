import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AgentHome, AgentId } from '../../src-shared/agents.ts';
import type { CodingAgent, Scope, Surroundings } from '../agents/coding-agent.ts';
import type { ConfigValue } from '../agents/config-value.ts';
import { configOf } from '../agents/read-config.ts';
import type { WslHome, WslHomes } from '../agents/wsl-homes.ts';
import { refused } from './agent-answers.ts';

export interface SetupPlacesParts {
  readonly surroundings: Surroundings;
  /** Null where there is no WSL. */
  readonly wslHomes: WslHomes | null;
  /** The host that the settings have the gateway listen on. */
  readonly gatewayHost: () => string;
}

/** Where a set-up is written, and what counts there. */
export interface SetupPlace {
  /** Absolute paths. */
  readonly files: readonly string[];
  readonly surroundings: Surroundings;
  /** For a project folder, what the user's own configuration says. */
  readonly below: ConfigValue;
  /** The gateway's address as it is there, from that which it has here. */
  readonly address: (here: string) => string;
  readonly warnings: readonly string[];
}

const wslPrefix = 'wsl:';

/** Whether a scope is a home in WSL. */
export function isInWsl(scope: Scope): boolean {
  return scope.startsWith(wslPrefix);
}

/** The places of set-ups: the user's own files, a profile, a project folder, and the user's home in a distribution of WSL. */
export function createSetupPlaces({ surroundings, wslHomes, gatewayHost }: SetupPlacesParts) {
  /** Throws a RefusedChange where there is no such place, or the gateway can't be reached from there. */
  async function placeOf(agent: CodingAgent, scope: Scope): Promise<SetupPlace> {
    if (isInWsl(scope)) return wslPlace(agent, scope.slice(wslPrefix.length));
    const files = agent.files(scope, surroundings, existsSync);
    if (files === null) {
      throw refused(`${agent.label} has no ${scope === 'profile' ? 'profiles' : 'settings for one folder'}`);
    }
    const isFolder = scope !== 'user' && scope !== 'profile';
    if (isFolder && !existsSync(scope)) throw refused(`there is no folder ${scope}`);
    const below = isFolder ? await configOf(agent, surroundings) : {};
    const warnings = isFolder && isInRepository(scope) ? files.map(repositoryWarning) : [];
    return { files, surroundings, below, address: (here) => here, warnings };
  }

  async function wslPlace(agent: CodingAgent, distribution: string): Promise<SetupPlace> {
    const home = (await wslHomes?.list(false))?.find((one) => one.distribution === distribution);
    if (wslHomes === null || home === undefined) {
      throw refused(`no distribution of WSL runs here that is called ${distribution}: start it, then look again`);
    }
    const { address, warnings } = reach(home, gatewayHost());
    const files = await wslHomes.files(home, agent.id);
    return { files, surroundings: home.surroundings, below: {}, address, warnings };
  }

  /** The user's further homes, for each agent. `refresh`: looks now. */
  async function homes(refresh: boolean): Promise<(agent: AgentId) => AgentHome[]> {
    const found = (await wslHomes?.list(refresh)) ?? [];
    return (agent) =>
      found.map(({ distribution, installed }) => ({
        scope: `${wslPrefix}${distribution}`,
        name: `WSL: ${distribution}`,
        installed: installed.includes(agent),
      }));
  }

  return { placeOf, homes };
}
export type SetupPlaces = ReturnType<typeof createSetupPlaces>;

function isInRepository(folder: string): boolean {
  const above = dirname(folder);
  return existsSync(join(folder, '.git')) || (above !== folder && isInRepository(above));
}

function repositoryWarning(file: string): string {
  return `${file} stands in a Git repository and will hold a key of this gateway: leave it out of commits, or keep it to yourself by \`.git/info/exclude\`.`;
}

/** How a distribution reaches the gateway. With a network of its own it does not get to Windows' loopback. */
function reach({ distribution, network }: WslHome, host: string): Pick<SetupPlace, 'address' | 'warnings'> {
  if (network === 'shared') return { address: (here) => here, warnings: [] };
  const everywhere = host === '0.0.0.0' || host === '::';
  if (!everywhere && !['127.0.0.1', '::1', 'localhost'].includes(host))
    return { address: (here) => here, warnings: [] };
  const { windows } = network;
  if (!everywhere || windows === null) {
    throw refused(
      `${distribution} has a network of its own, from which the gateway at ${host} is not reached: set \`networkingMode=mirrored\` under \`[wsl2]\` in \`.wslconfig\` in your Windows user folder and run \`wsl --shutdown\`, or have the gateway listen on 0.0.0.0`,
    );
  }
  return {
    address: (here) => {
      const url = new URL(here);
      url.hostname = windows;
      return url.origin;
    },
    warnings: [
      `${distribution} reaches Windows at ${windows} until it, or Windows, starts anew: then set this up again. With \`networkingMode=mirrored\` in \`.wslconfig\` the address stays.`,
    ],
  };
}
