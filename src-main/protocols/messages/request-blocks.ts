import type { JsonObject } from '../../../src-shared/json.ts';

/** A content block as it is written to a Messages server. Loose, for blocks of our own clients' are passed on as they came. */
export type WireBlock = JsonObject & { readonly type: string };

export interface WireMessage {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: WireBlock[];
}
