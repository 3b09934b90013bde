import { type } from '@orpc/contract';

/** A model that is being taken into memory, or freed. */
export interface ModelLoad {
  /** `<upstream>/<model>`. */
  readonly model: string;
  readonly doing: 'loading' | 'unloading';
  /** Milliseconds since 1970. */
  readonly since: number;
  /** How far it is, 0 to 1; null where its server does not tell. */
  readonly progress: number | null;
}

export const modelLoadsType = type<readonly ModelLoad[]>();
