import type { AgentId, KeySource } from '../../src-shared/agents.ts';
import type { SlotName } from '../../src-shared/settings.ts';
import type { ConfigPath, ConfigValue } from './config-value.ts';
import type { WantedFile } from './file-changes.ts';

/** What the places of an agent's files depend on; handed in so that every system's rule can be tested on any. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user's own directory (`os.homedir()`). */
  readonly userDirectory: string;
}

/**
 * Whose files: the user's, those of one project folder (its absolute path), a profile that is only used where it is named, or the user's in a distribution of
 * WSL (`wsl:NAME`), which agents know as a user's own.
 */
export type Scope = 'user' | 'profile' | `/${string}` | `${string}:${string}`;

/** A model as an agent is told of it. */
export interface AgentModel {
  /** As the gateway takes it: `<upstream>/<model>` or an alias. */
  readonly id: string;
  /** Tokens that a request may use, prompt and answer together; null where unknown. */
  readonly contextWindow: number | null;
  readonly maxOutputTokens: number | null;
  readonly vision: boolean | null;
  readonly reasoning: boolean | null;
  readonly tools: boolean | null;
}

/** All that goes into an agent's configuration. */
export interface AgentSetup {
  /** Without `/v1` and without a slash at the end. */
  readonly gateway: string;
  /** The agent's local key. */
  readonly key: string;
  readonly model: AgentModel;
  /** Models for the agent's own tiers; a slot that is missing means `model`. */
  readonly slots: Readonly<Partial<Record<SlotName, AgentModel>>>;
  /** Every model that may be chosen in the agent. */
  readonly models: readonly AgentModel[];
  /** Whether traffic that is none of the task's (statistics, update checks) is switched off. */
  readonly quiet: boolean;
  /** Where an agent that can take its key from the environment finds it; the file where nothing is said. */
  readonly keyFrom?: KeySource;
}

/** A variable (`*` stands for any ending) that changes what an agent does, or looks as if. */
export interface AgentVariable {
  readonly name: string;
  readonly effect: string;
  readonly remedy: string;
  /** Set where nothing has to be done about it. */
  readonly harmless?: true;
}

/** How an agent is started with nothing but flags and variables. */
export interface AgentLaunch {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** What an agent's configuration says now. */
export interface AgentState {
  readonly baseUrl: string | null;
  readonly model: string | null;
}

export interface CodingAgent {
  readonly id: AgentId;
  /** As its makers write it. */
  readonly label: string;
  /** Names of its executable, without a system's ending. */
  readonly executables: readonly string[];
  /** How the names of its npm packages begin. */
  readonly packages: readonly string[];
  /** The versions since which what a set-up counts on works, and what does not before; the newest first. */
  readonly needs: readonly { readonly version: string; readonly without: string }[];
  /** What stands behind the gateway's address in its base URL. */
  readonly basePath: '' | '/v1';
  /** Variables of the environment that beat its files, or are thought to; a `*` stands for any ending. */
  readonly variables: readonly AgentVariable[];
  /** Whether its files can say what goes round a proxy; else only the environment can. */
  readonly proxyInFile: boolean;
  /** The variable in which its files may have it find its key, instead of the key itself. */
  readonly keyVariable?: string;
  /** Why it is to be started again after its files have changed. */
  readonly restart: string;
  /** Absolute paths of the files that a set-up writes; null where the agent has nothing of that scope. */
  files(scope: Scope, surroundings: Surroundings, exists: (path: string) => boolean): readonly string[] | null;
  /** Absolute paths of files that beat the user's own: everyone's on this computer, and those of a folder. */
  above(
    surroundings: Surroundings,
    folder: string | null,
  ): readonly { readonly path: string; readonly kind: 'project-settings' | 'managed-policy' }[];
  /** Further files that are set for everyone, and a folder whose `.json` files are. */
  policies?(surroundings: Surroundings): { readonly files: readonly string[]; readonly folder: string };
  /** Where an account of its makers shows, and by which text. */
  login?(surroundings: Surroundings): {
    readonly account: string;
    readonly places: readonly { readonly path: string; readonly mark: string }[];
  };
  /** Where it remembers the folders it has worked in: as the keys of an object. */
  remembers?(surroundings: Surroundings): readonly { readonly path: string; readonly keysOf: ConfigPath }[];
  /** `below`: for a project folder, what the user's own configuration says, which counts where the folder's says nothing. */
  wanted(setup: AgentSetup, path: string, surroundings: Surroundings, below?: ConfigValue): WantedFile;
  format(): WantedFile['format'];
  state(config: ConfigValue): AgentState;
  /**
   * Beats what the agent's files say, ours too: two sessions may use two models. Beside it, what is started gets a clean environment
   * (clean-environment.ts). `below` as `wanted` has it.
   */
  launch(setup: AgentSetup, surroundings: Surroundings, below?: ConfigValue): AgentLaunch;
  /** Further arguments with which it does one task without a user, which it reads from its input; it may write files in its folder, unasked. */
  readonly headless: readonly string[];
}

/** The model of a slot. */
export function modelOf({ slots, model }: AgentSetup, slot: SlotName): AgentModel {
  return slots[slot] ?? model;
}

/** How many tokens an answer may have where nobody says: a quarter of the window, 32,000 at most; null where the window is unknown. */
export function outputLimit({ maxOutputTokens, contextWindow }: AgentModel): number | null {
  if (maxOutputTokens !== null) return maxOutputTokens;
  return contextWindow === null ? null : Math.min(32_000, Math.floor(contextWindow / 4));
}

/** A file that is set for everyone on a computer: which folder holds it is each agent's own choice. */
export function everyonesFile(
  { platform }: Surroundings,
  folders: { readonly linux: string; readonly mac: string; readonly windows: string },
  name: string,
): string {
  if (platform === 'win32') return `${folders.windows}\\${name}`;
  return `${platform === 'darwin' ? folders.mac : folders.linux}/${name}`;
}

/** Variables that look as if they counted, and lose to what a set-up has written (measured). */
export function unheeded(label: string, names: readonly string[]): CodingAgent['variables'] {
  return names.map((name) => ({
    name,
    effect: `It has no effect while ${label} is set up: what its files say beats it.`,
    remedy: 'Nothing is to be done: it counts again after Undo.',
    harmless: true,
  }));
}
