import { type } from '@orpc/contract';

/** A model that a server fetches from where it gets its models. */
export interface Pull {
  /** Id of the server. */
  readonly server: string;
  /** As it was asked for. */
  readonly model: string;
  /** What it is at, in the server's words. */
  readonly doing: string;
  /** Bytes; null as long as it is not known. */
  readonly fetched: number | null;
  readonly all: number | null;
  /** Why it was given up; null while it goes on. */
  readonly failure: string | null;
}

export const pullsType = type<readonly Pull[]>();
