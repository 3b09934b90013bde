import { ORPCError } from '@orpc/client';
import type { CheckLine, CheckResult, CheckupReport } from '../../src-shared/checkup.ts';
import { type CommandContext, print, Refusal, readArguments, UsageError } from './context.ts';
import { withControl } from './open-control.ts';

/**
 * `dragoman check MODEL [--apply]`: the check-up of a model by the running service, each line on standard error as soon as it is known.
 * Exit code 1 where the model gave no answer.
 */
export async function checkCommand(context: CommandContext): Promise<number> {
  const { values, positionals } = readArguments(context.args, { apply: { type: 'boolean' } });
  const [model, more] = positionals;
  if (model === undefined || more !== undefined) throw new UsageError('check wants one model');
  return withControl(context, async (control) => {
    if ((await control.status()).gateway === null)
      throw new Refusal(
        'no service runs, and the check-up asks its gateway. Start it with `dragoman serve`, or open the app.',
      );
    const report = await followed(await asked(control.models.check({ model })));
    const applied = values.apply === true && Object.keys(report.flags).length > 0;
    if (applied) await asked(control.models.applyFlags({ model, flags: report.flags }));
    print(context, report, summary(report, applied));
    return report.lines.some(({ id, result }) => id === 'text' && result === 'pass') ? 0 : 1;
  });
}

async function asked<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ORPCError && error.status < 500) throw new Refusal(error.message);
    throw error;
  }
}

type Progress = Awaited<ReturnType<Parameters<Parameters<typeof withControl>[1]>[0]['models']['check']>>;

/** Shows what comes, and resolves with the whole. */
async function followed(progress: Progress): Promise<CheckupReport> {
  for await (const event of progress) {
    switch (event.kind) {
      case 'begun':
        if (process.stderr.isTTY) process.stderr.write(`… ${event.title} (${event.number} of ${event.of})\r`);
        break;
      case 'line':
        if (process.stderr.isTTY) process.stderr.write('\u001b[2K');
        process.stderr.write(`${describeLine(event.line).join('\n')}\n`);
        break;
      case 'done':
        return event.report;
    }
  }
  throw new Refusal('the check-up ended before it was done: the service has stopped.');
}

const resultWords: Readonly<Record<CheckResult, string>> = { pass: 'pass   ', fail: 'FAIL   ', unknown: 'unknown' };

function describeLine({ result, title, evidence, remedy, ms }: CheckLine): readonly string[] {
  const head = `${resultWords[result]}  ${title}: ${evidence} (${(ms / 1000).toFixed(1)} s)`;
  return remedy === null ? [head] : [head, `         ${remedy}`];
}

function summary({ model, lines, flags }: CheckupReport, applied: boolean): readonly string[] {
  const count = (wanted: CheckResult): number => lines.filter(({ result }) => result === wanted).length;
  const figures = `${model}: ${count('pass')} passed, ${count('fail')} failed, ${count('unknown')} could not be told.`;
  if (Object.keys(flags).length === 0) return [figures];
  const settings = JSON.stringify(flags);
  return [
    figures,
    applied
      ? `These flags are in the settings now: ${settings}`
      : `These flags would help; \`--apply\` puts them into the settings: ${settings}`,
  ];
}
