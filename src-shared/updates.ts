import { oc } from '@orpc/contract';
import { z } from 'zod';

/** What is known of a newer version of Dragoman itself. */
export const updateStateSchema = z.discriminatedUnion('kind', [
  /** This program does not look for newer versions. */
  z.object({ kind: z.literal('off'), why: z.string() }),
  /** `checkedAt` is ISO 8601; null before the first answer. */
  z.object({ kind: z.literal('current'), checkedAt: z.string().nullable() }),
  z.object({ kind: z.literal('downloading'), version: z.string() }),
  /** Downloaded and verified: installed when the app quits, or at once by `restart`. */
  z.object({ kind: z.literal('ready'), version: z.string() }),
  /** This package can't install it, or could not. `page`: where it can be had; null where that is not known. */
  z.object({ kind: z.literal('elsewhere'), version: z.string(), page: z.string().nullable(), why: z.string() }),
  /** Nobody could be asked. */
  z.object({ kind: z.literal('failed'), message: z.string() }),
]);
export type UpdateState = Readonly<z.infer<typeof updateStateSchema>>;

export const updatesContract = {
  state: oc.output(updateStateSchema),
  /** Asks now; answers what came of it, without waiting for a download. */
  check: oc.output(updateStateSchema),
  /** Lets requests in flight end, installs the version that is ready, and starts it. */
  restart: oc.output(updateStateSchema),
};
