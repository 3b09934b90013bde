/** Why nothing was changed, as product.md's `refused` has it. Lines count from 1. */
export interface Refusal {
  /** A sentence without a full stop about the file. */
  readonly why: string;
  readonly path: string | null;
  readonly line: number | null;
}

/** A change that was not made; the user's files are as they were. */
export class RefusedChange extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.path === null ? refusal.why : `${refusal.path}: ${refusal.why}`);
    this.name = 'RefusedChange';
    this.refusal = refusal;
  }
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
