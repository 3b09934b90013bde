import type { AgentChange } from '../../src-shared/agents.ts';
import type { ControlClient } from '../control/client.ts';
import { printChange, printChanges, readAgent, readScope, scopeOptions } from './agent-arguments.ts';
import { type CommandContext, readArguments, UsageError } from './context.ts';
import { withControl } from './open-control.ts';

interface Wanted {
  readonly keep: boolean;
  readonly dryRun: boolean;
}

/** `dragoman undo AGENT`, or `undo --all`. */
export async function undoCommand(context: CommandContext): Promise<number> {
  const { values, positionals } = readArguments(context.args, {
    ...scopeOptions,
    all: { type: 'boolean' },
    keep: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
  });
  const { all = false, keep = false, 'dry-run': dryRun = false, ...scope } = values;
  const wanted = { keep, dryRun };
  if (all) {
    if (positionals.length > 0 || Object.keys(scope).length > 0)
      throw new UsageError('undo --all takes back every set-up: it wants no agent and no scope');
    return undoAll(context, wanted);
  }
  const target = { agent: readAgent('undo', positionals), ...readScope(scope) };
  const change = await withControl(context, (control) => undo(control, target, wanted));
  return printChange(context, change, doneWords(target.agent, keep));
}

/** Those that are only remembered are forgotten with it, unless they are to be kept. */
async function undoAll(context: CommandContext, wanted: Wanted): Promise<number> {
  const changes = await withControl(context, async (control) => {
    const all = (await control.agents.setUps()).filter(({ kept }) => !(kept && wanted.keep));
    const undone: { readonly change: AgentChange; readonly done: string }[] = [];
    for (const { agent, scope } of all) {
      const of = scope === 'user' ? agent : `${agent} (${scope})`;
      undone.push({ change: await undo(control, { agent, scope }, wanted), done: doneWords(of, wanted.keep) });
    }
    return undone;
  });
  return printChanges(context, changes, 'No agent is set up.');
}

function undo(
  { agents }: ControlClient,
  target: Parameters<ControlClient['agents']['planUndo']>[0],
  { keep, dryRun }: Wanted,
): Promise<AgentChange> {
  return dryRun ? agents.planUndo(target) : agents.undo({ ...target, keep });
}

function doneWords(agent: string, keep: boolean): string {
  const back = keep ? ` \`dragoman setup ${agent.split(' ')[0] ?? agent}\` brings ours back.` : '';
  return `${agent} has its own settings again.${back}`;
}
