import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { PlannedLaunch } from '../../src-shared/agents.ts';
import { cleanEnvironment, type RemovalRules } from '../agents/clean-environment.ts';
import { programStart } from '../agents/start-program.ts';
import { modelOptions, readAgent, readModels } from './agent-arguments.ts';
import { type CommandContext, Refusal, readArguments, UsageError } from './context.ts';
import { withControl } from './open-control.ts';
import { showEnvironment } from './show-environment.ts';

/**
 * `dragoman run AGENT [-- ARGS…]`: starts the agent with flags and variables only, in this terminal; resolves with its exit code, 128 and the
 * signal's number where a signal ended it. No file of the agent is touched. `--show-environment` only tells what it would be started with.
 */
export async function runCommand(context: CommandContext): Promise<number> {
  const divide = context.args.indexOf('--');
  const own = divide === -1 ? context.args : context.args.slice(0, divide);
  const passed = divide === -1 ? [] : context.args.slice(divide + 1);
  const { values, positionals } = readArguments(own, {
    ...modelOptions,
    strict: { type: 'boolean' },
    keep: { type: 'string', multiple: true },
    'show-environment': { type: 'boolean' },
  });
  const choices = { agent: readAgent('run', positionals), ...readModels(values.model, values.slot) };
  const keep = readKept(values.keep ?? []);
  const show = values['show-environment'] === true;
  const launch = await withControl(context, (control) => control.agents.launch({ ...choices, show }));
  const rules = { strict: values.strict === true || launch.strict, kept: [...launch.kept, ...keep] };
  if (show) {
    showEnvironment(context, choices.agent, launch, rules);
    return 0;
  }
  try {
    return await start(launch, passed, context, rules);
  } finally {
    const { temporaryKey } = launch;
    if (temporaryKey !== null) {
      // Whatever became of the service meanwhile, the key ends by itself.
      await withControl(context, (control) => control.keys.revoke({ key: temporaryKey })).catch(() => undefined);
    }
  }
}

function readKept(names: readonly string[]): readonly string[] {
  const wrong = names.find((name) => !/^[A-Za-z_][A-Za-z0-9_]*\*?$/.test(name));
  if (wrong === undefined) return names;
  throw new UsageError(`--keep wants the name of a variable, a * at its end for any ending; "${wrong}" is none`);
}

function start(
  launch: PlannedLaunch,
  passed: readonly string[],
  { environment }: CommandContext,
  rules: RemovalRules,
): Promise<number> {
  const { command, args, ...options } = programStart(launch.executable, [...launch.args, ...passed]);
  const child = spawn(command, args, {
    ...options,
    env: cleanEnvironment(environment, launch.environment, rules),
    stdio: 'inherit',
  });
  // Ctrl-C reaches the agent from the terminal; it decides what that means.
  const ignore = (): void => undefined;
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', ignore);
  process.on('SIGTERM', pass);
  process.on('SIGHUP', pass);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Refusal(`${launch.executable} did not start: ${error.message}`)));
    child.once('exit', (code, signal) => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', pass);
      process.off('SIGHUP', pass);
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
