import {
  modelOptions,
  printChange,
  readAgent,
  readKeySource,
  readModels,
  readScope,
  scopeOptions,
} from './agent-arguments.ts';
import { type CommandContext, readArguments } from './context.ts';
import { withControl } from './open-control.ts';

/** `dragoman setup AGENT`. */
export async function setupCommand(context: CommandContext): Promise<number> {
  const { values, positionals } = readArguments(context.args, {
    ...modelOptions,
    ...scopeOptions,
    'key-from': { type: 'string' },
    'dry-run': { type: 'boolean' },
  });
  const choices = {
    agent: readAgent('setup', positionals),
    ...readModels(values.model, values.slot),
    ...readScope(values),
    ...readKeySource(values['key-from']),
  };
  const change = await withControl(context, ({ agents }) =>
    values['dry-run'] === true ? agents.plan(choices) : agents.apply(choices),
  );
  return printChange(
    context,
    change,
    `${choices.agent} is set up. \`dragoman undo ${choices.agent}\` takes exactly that back.`,
  );
}
