/** One thing that is wrong with the settings file. */
export interface SettingsProblem {
  /** Both count from 1; columns in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  /** Where in the document, e.g. `upstreams[0].baseUrl`; "" for the document itself. */
  readonly path: string;
  /** Why: a sentence without a full stop. */
  readonly message: string;
}

/** "line 3, column 5: upstreams[0].baseUrl is required". */
export function describeProblem(problem: SettingsProblem): string {
  const subject = problem.path === '' ? '' : `${problem.path}: `;
  return `line ${problem.line}, column ${problem.column}: ${subject}${problem.message}`;
}

/** The settings file is broken; nothing was changed. */
export class SettingsFailure extends Error {
  readonly file: string;
  readonly problems: readonly SettingsProblem[];
  constructor(file: string, problems: readonly SettingsProblem[]) {
    super(`${file} is broken: ${problems.map(describeProblem).join('; ')}`);
    this.name = 'SettingsFailure';
    this.file = file;
    this.problems = problems;
  }
}

export type DocumentPath = readonly (string | number)[];

/** `['upstreams', 0, 'models', 'a b']` → `upstreams[0].models["a b"]`. */
export function writePath(path: DocumentPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
