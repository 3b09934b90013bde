import type { AgentChoices } from '../../src-shared/agents.ts';
import type { Slots } from '../../src-shared/settings.ts';
import type { AgentSetup, CodingAgent, Scope } from '../agents/coding-agent.ts';
import { settled } from '../agents/file-changes.ts';
import type { RecordEntry, SetupRecord } from '../agents/setup-record.ts';
import { refused } from './agent-answers.ts';
import type { ChosenModels } from './agent-models.ts';

export interface WantedSetupParts {
  readonly record: SetupRecord;
  readonly chooseModels: (choices: AgentChoices, before: Slots) => Promise<ChosenModels>;
  /** Where agents reach the gateway, or will once it runs; null where its port is only known then. */
  readonly gatewayAddress: () => string | null;
}

/** What stands of an agent's set-up, and what is to stand there by the user's choices; what was not chosen is as before. */
export function createWantedSetups({ record, chooseModels, gatewayAddress }: WantedSetupParts) {
  async function entryOf(agent: CodingAgent, scope: Scope): Promise<RecordEntry> {
    const entry = await record.find(agent.id, scope);
    if (entry !== null) return settled(entry, agent.format);
    return { agent: agent.id, scope, setup: null, previous: null, kept: null };
  }

  /** `address`: the gateway's, as it is where the agent runs. Throws a RefusedChange where there is no such model, or no address of the gateway is known. */
  async function setupOf(
    choices: AgentChoices,
    entry: RecordEntry,
    key: string,
    address: (here: string) => string = (here) => here,
  ): Promise<{ readonly setup: AgentSetup } & Pick<ChosenModels, 'names' | 'warnings'>> {
    const { names, warnings, ...chosen } = await chooseModels(choices, entry.setup?.models ?? entry.kept ?? {});
    const here = gatewayAddress();
    if (here === null) {
      throw refused('the gateway takes any free port ("port": 0): start it first, or give it a port');
    }
    const before = entry.setup ?? entry.keptChoices;
    const quiet = choices.quiet ?? before?.quiet ?? true;
    const keyFrom = choices.keyFrom ?? before?.keyFrom ?? 'file';
    return { setup: { ...chosen, gateway: address(here), key, quiet, keyFrom }, names, warnings };
  }

  return { entryOf, setupOf };
}

/** What has to be done where a key is in the environment. */
export function keyWarning({ id, label, keyVariable = '' }: CodingAgent): string[] {
  return [
    `${label} starts only where ${keyVariable} holds its key. \`dragoman run ${id}\` sets it; elsewhere set it to what \`dragoman key show ${id}\` prints. Programs that you open without a terminal do not see what its start files set.`,
  ];
}
