import { printChange, readAgent, readScope, scopeOptions } from './agent-arguments.ts';
import { type CommandContext, readArguments } from './context.ts';
import { withControl } from './open-control.ts';

/** `dragoman undo AGENT`. */
export async function undoCommand(context: CommandContext): Promise<number> {
  const { values, positionals } = readArguments(context.args, {
    ...scopeOptions,
    keep: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
  });
  const agent = readAgent('undo', positionals);
  const target = { agent, ...readScope(values) };
  const keep = values.keep === true;
  const change = await withControl(context, ({ agents }) =>
    values['dry-run'] === true ? agents.planUndo(target) : agents.undo({ ...target, keep }),
  );
  const done = keep
    ? `${agent} has its own settings again. \`dragoman setup ${agent}\` brings ours back.`
    : `${agent} has its own settings again.`;
  return printChange(context, change, done);
}
