import type { JsonValue } from '../../src-shared/json.ts';
import type { ConfigPath, ConfigValue } from './config-value.ts';

/** Why a file is not to be edited. Line and column count from 1; null where the whole file is meant. */
export interface ConfigProblem {
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
}

export type ReadConfig =
  | { readonly ok: true; readonly value: ConfigValue }
  | { readonly ok: false; readonly problem: ConfigProblem };

/** One change of a configuration. What it does not name stays to the byte: comments, order, indentation, quotes, line ends. */
export type ConfigEdit =
  /** Puts a value; containers above it that are missing are made, a list gets an item that it does not have. */
  | { readonly kind: 'set'; readonly path: ConfigPath; readonly value: JsonValue }
  /** Puts a value as it was written once. */
  | { readonly kind: 'restore'; readonly path: ConfigPath; readonly raw: string }
  | { readonly kind: 'remove'; readonly path: ConfigPath };

/**
 * A way of writing configurations. Texts are whole files; a byte order mark in front stays. What can't be edited throws an UneditableConfig.
 */
export interface ConfigFormat {
  /** Read by two parsers, of which the first tells where a fault is and the second what stands there. Both must take it. */
  read(text: string): ReadConfig;
  edit(text: string, edit: ConfigEdit): string;
  /** The value at `path` as it is written; null where there is none that stands in one piece. */
  rawValue(text: string, path: ConfigPath): string | null;
  /** What a piece from `rawValue` means. */
  parseRaw(raw: string): ConfigValue;
  /** Whether something that is no value stands inside the container at `path`: a comment. */
  hasCommentAt(text: string, path: ConfigPath): boolean;
  /** Whether the file holds nothing at all but blanks and what an empty file of this format needs. */
  isBlank(text: string): boolean;
}

/** A file that can't be changed as it was asked; nothing was written. The message is a sentence without a full stop. */
export class UneditableConfig extends Error {
  readonly problem: ConfigProblem;
  constructor(problem: ConfigProblem) {
    super(problem.message);
    this.name = 'UneditableConfig';
    this.problem = problem;
  }
}
