import { execFile } from 'node:child_process';

/** What a program (its absolute path, or its name on the PATH) prints that is given `input`; null where it fails or takes too long (milliseconds). */
export function programOutput(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  timeout: number,
  input = '',
): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      [...args],
      { env: { ...environment }, timeout, killSignal: 'SIGKILL', windowsHide: true, encoding: 'buffer' },
      (error, stdout) => resolve(error === null ? stdout : null),
    );
    // One that does not read its input says so by its end.
    child.stdin?.on('error', () => undefined).end(input);
  });
}
