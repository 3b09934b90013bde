import { type ParseArgsConfig, parseArgs } from 'node:util';

/** What every command is given. */
export interface CommandContext {
  /** Without the command's name, --home and --json. */
  readonly args: readonly string[];
  readonly json: boolean;
  /** Absolute. */
  readonly home: string;
  readonly defaultHome: string;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted when whoever started this program is gone. */
  readonly parentGone: AbortSignal;
}

/** The command line is wrong: exit code 2, and the usage is shown. */
export class UsageError extends Error {}

/** The command can't be done: exit code 1; the message is for people. */
export class Refusal extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;

/** Reads a command's own options and words; anything unknown is a UsageError. */
export function readArguments<const Known extends Options>(args: readonly string[], options: Known) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** One JSON document on standard output, or lines for people. */
export function print(context: CommandContext, document: unknown, lines: readonly string[]): void {
  process.stdout.write(context.json ? `${JSON.stringify(document)}\n` : lines.map((line) => `${line}\n`).join(''));
}
