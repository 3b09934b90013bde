import type { ActivityRow } from '../../src-shared/activity.ts';
import { type AgentTrial, type TrialStep, trialSteps } from '../../src-shared/agent-trial.ts';
import type { HeadlessEnd } from '../agents/headless-run.ts';

/** What was seen of a trial so far. */
export interface TrialSeen {
  readonly label: string;
  /** What was found of the agent; null where it is not installed. */
  readonly installed: { readonly executable: string; readonly version: string | null } | null;
  /** How it is installed where it is not: the names of its executable. */
  readonly executables: readonly string[];
  readonly started: boolean;
  /** Its requests to the gateway, oldest first. */
  readonly rows: readonly ActivityRow[];
  /** What stands in the file that it was to write; null where there is none. */
  readonly file: string | null;
  /** Null while it runs. */
  readonly end: HeadlessEnd | null;
  /** Minutes after which it was ended; null where it ended by itself, or runs. */
  readonly endedAfter: number | null;
  readonly output: string;
}

export const trialFile = 'dragoman.txt';
const wanted = 'Dragoman works';

/** What the agent is told to do. */
export const trialTask = `Create a file named ${trialFile} in the current folder, with your tool for writing files. It contains exactly this one line: ${wanted}\nThen stop. Do nothing else.\n`;

/** How far a trial has come, and where it is over, whether it did what it was to do and else why not. */
export function judgeTrial(seen: TrialSeen): AgentTrial {
  const { label, end, output } = seen;
  const step = trialSteps.findLast((one) => isDone(one, seen));
  const next = step === undefined ? 'installed' : (trialSteps[trialSteps.indexOf(step) + 1] ?? null);
  const common = { facts: factsOf(seen), output };
  const isOver = end !== null || seen.installed === null;
  if (next === null && isOver) return { ...common, state: 'passed', step: null, failure: null };
  if (!isOver) return { ...common, state: 'running', step: next ?? 'file', failure: null };
  const failed = next ?? 'file';
  const failure = failureOf(failed, seen);
  const what =
    seen.endedAfter === null ? failure.what : `${label} was ended after ${seen.endedAfter} minutes. ${failure.what}`;
  return { ...common, state: 'failed', step: failed, failure: { what, remedy: failure.remedy } };
}

function isDone(step: TrialStep, { installed, started, rows, file }: TrialSeen): boolean {
  switch (step) {
    case 'installed':
      return installed !== null;
    case 'started':
      return started;
    case 'asked':
      return rows.length > 0;
    case 'answered':
      return asked(rows).some(({ state }) => state === 'done');
    case 'tool':
      // Of an answer that went through as it was the log may know the end alone.
      return toolsOf(rows).length > 0 || rows.some(({ finishReason }) => finishReason === 'tool-calls');
    case 'file':
      return file?.includes(wanted) === true;
  }
}

function asked(rows: readonly ActivityRow[]): readonly ActivityRow[] {
  return rows.filter(({ purpose }) => purpose === 'chat');
}

function toolsOf(rows: readonly ActivityRow[]): readonly string[] {
  return [...new Set(rows.flatMap(({ tools }) => tools ?? []))];
}

function factsOf({ installed, rows, file }: TrialSeen): AgentTrial['facts'] {
  const first = asked(rows)[0] ?? rows[0];
  const answered = asked(rows).find(({ state }) => state === 'done');
  const tools = toolsOf(rows);
  const text = file?.trim();
  return {
    ...(installed !== null && {
      installed: installed.version === null ? installed.executable : `${installed.version} · ${installed.executable}`,
    }),
    ...(first !== undefined && { asked: `${first.method} ${first.path}` }),
    ...(answered !== undefined && {
      answered: [answered.modelId ?? answered.model, ...waited(answered)].join(' · '),
    }),
    ...(tools.length > 0 && { tool: tools.join(', ') }),
    ...(text !== undefined && { file: `${trialFile} · ${text.length > 80 ? `${text.slice(0, 80)}…` : text}` }),
  };
}

function waited({ firstByteMs }: ActivityRow): readonly string[] {
  return firstByteMs === null ? [] : [`first token after ${(firstByteMs / 1000).toFixed(1)} s`];
}

function failureOf(step: TrialStep, seen: TrialSeen): { readonly what: string; readonly remedy: string } {
  const { label, rows, end, executables, file } = seen;
  const ended = end?.code === null || end === null ? 'It ended' : `It ended (exit code ${end.code})`;
  const failed = rows.findLast(({ error }) => error !== null);
  const model = rows.findLast(({ modelId }) => modelId !== null)?.modelId ?? 'The model';
  switch (step) {
    case 'installed':
      return {
        what: `${label} is not installed: there is no \`${executables.join('` or `')}\` on the PATH.`,
        remedy: 'Install it, then try again.',
      };
    case 'started':
      return {
        what: `${label} did not start${end?.failure ? `: ${end.failure}` : ''}.`,
        remedy: 'Start it once in a terminal to see whether it runs at all, and install it anew where it does not.',
      };
    case 'asked':
      return {
        what: `${ended} before it asked Dragoman for anything.`,
        remedy:
          'What it wrote stands below. Look at its card for what is in the way, and start it once in a terminal: it may ask for something first.',
      };
    case 'answered':
      return failed?.error == null
        ? {
            what: `${ended} before a model had answered.`,
            remedy: 'What it wrote stands below; Activity shows its requests.',
          }
        : {
            what: failed.state === 'refused' ? 'Dragoman refused its request.' : 'Its request failed.',
            remedy: `${failed.error.message} Activity shows the request.`,
          };
    case 'tool':
      return {
        what: `${model} answered, and called no tool.`,
        remedy:
          'Agents need a model that calls tools: choose another one. A context window too small for the agent’s prompt has the same effect; Models shows the one in force.',
      };
    case 'file':
      return {
        what:
          file === null
            ? `${model} called a tool, but the file was not written.`
            : `${model} wrote something else into the file than it was told.`,
        remedy: 'What the agent wrote stands below. Try again; where it keeps failing, choose a stronger model.',
      };
  }
}
