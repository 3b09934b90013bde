import type { AgentEntry } from '../../src-shared/agents.ts';
import { type CommandContext, print, readArguments, UsageError } from './context.ts';
import { withControl } from './open-control.ts';

const states: Readonly<Record<AgentEntry['state'], string>> = {
  'not-set-up': 'not set up',
  'set-up': 'set up',
  drifted: 'changed outside Dragoman',
};

/** `dragoman agents`. */
export async function agentsCommand(context: CommandContext): Promise<number> {
  const { positionals } = readArguments(context.args, {});
  if (positionals.length > 0) throw new UsageError(`agents takes no "${positionals[0]}"`);
  const asked = { refresh: true, folder: process.cwd() };
  const agents = await withControl(context, (control) => control.agents.list(asked));
  print(context, { agents }, agents.flatMap(describeAgent));
  return 0;
}

function describeAgent(agent: AgentEntry): readonly string[] {
  const installed = agent.installed ? (agent.version ?? 'installed') : 'not installed';
  const model = agent.model === null ? '' : `  ${agent.model}`;
  return [
    `${agent.id}  ${installed}  ${states[agent.state]}${model}`,
    ...agent.files.map((file) => `  ${file}`),
    ...(agent.homes ?? []).flatMap(({ name, installed: isThere }) => (isThere ? [`  also installed in ${name}`] : [])),
    ...(agent.tooOld === null ? [] : [`  ${agent.tooOld}`]),
    ...agent.drift.map(({ path, values }) => `  changed in ${path}: ${values.join(', ')}`),
    ...(agent.kept === null ? [] : [`  remembered: ${agent.kept}; \`dragoman setup ${agent.id}\` brings it back`]),
    ...agent.conflicts.flatMap(({ what, effect, remedy }) => [`  ${what}: ${effect}`, `  ${remedy}`]),
  ];
}
