import { masked } from '../../src-shared/activity.ts';
import {
  type AgentChoices,
  type AgentEnvironment,
  type PlannedLaunch,
  removalReasons,
} from '../../src-shared/agents.ts';
import { agents } from '../agents/all-agents.ts';
import { listedVariables, type RemovalRules, reasonsOf } from '../agents/clean-environment.ts';
import type { Surroundings } from '../agents/coding-agent.ts';
import { findInstalled } from '../agents/installed.ts';
import { removableVariables } from '../agents/provider-variables.ts';
import { configOf } from '../agents/read-config.ts';
import { refused } from './agent-answers.ts';
import { type AgentKeys, keyToCome } from './agent-keys.ts';
import { createWantedSetups, type WantedSetupParts } from './wanted-setup.ts';

export interface AgentLaunchParts extends WantedSetupParts {
  readonly surroundings: Surroundings;
  readonly agentKeys: AgentKeys;
  /** What the settings say of the environment of agents that are started. */
  readonly removalRules: () => RemovalRules;
  readonly isRunning: () => boolean;
}

/** How agents are started with flags and variables only. `launch` rejects with a RefusedChange where that can't be. */
export function createAgentLaunch(parts: AgentLaunchParts) {
  const { record, surroundings, agentKeys } = parts;
  const { entryOf, setupOf } = createWantedSetups(parts);

  async function launch({
    show = false,
    ...choices
  }: AgentChoices & { readonly show?: boolean | undefined }): Promise<PlannedLaunch> {
    const agent = agents[choices.agent];
    if (!parts.isRunning() && !show) throw refused('no gateway runs: start it with `dragoman serve` or open the app');
    const installed = await findInstalled(agent, surroundings);
    if (installed === null) {
      throw refused(`${agent.label} is not installed: there is no \`${agent.executables.join('` or `')}\` on the PATH`);
    }
    const { setup } = await setupOf(choices, await entryOf(agent, 'user'), keyToCome);
    const known = show ? null : await agentKeys.existing(agent.id, await record.list());
    const made = show || known !== null ? null : await agentKeys.make(agent.id, `${agent.label}, started once`, true);
    const key = known?.key ?? made?.key ?? masked;
    const { args, environment } = agent.launch({ ...setup, key }, surroundings, await configOf(agent, surroundings));
    const rules = parts.removalRules();
    return {
      executable: installed.executable,
      args: [...args],
      environment: { ...environment },
      removed: reasonsOf(rules.strict).flatMap((reason) => removableVariables[reason]),
      kept: [...rules.kept],
      strict: rules.strict,
      temporaryKey: made?.id ?? null,
    };
  }

  function environment(): AgentEnvironment {
    const rules = parts.removalRules();
    const { removed, kept } = listedVariables(surroundings.environment, rules);
    return {
      removed: [...removed],
      kept: [...kept],
      strict: rules.strict,
      keep: [...rules.kept],
      lists: removalReasons.map((why) => ({ why, names: [...removableVariables[why]] })),
    };
  }

  return { launch, environment };
}
