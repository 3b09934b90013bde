import type { CompatFlags } from './compat-flags.ts';
import type { UpstreamKindId } from './settings.ts';

/** What is known of each model server and its models: what `dragoman models --json` prints (product.md) and the window shows. */

export type ServerState = 'up' | 'down' | 'loading' | 'unauthorized' | 'error';

export interface ContextWindow {
  /** Tokens that a request may use now, prompt and answer together; null where unknown. */
  readonly inForce: number | null;
  /** Tokens the model was trained for; null where unknown. */
  readonly maximum: number | null;
  /** Where `inForce` was read: an endpoint of the server ("api/ps", "props"), "settings", "estimate"; null where unknown. */
  readonly source: string | null;
}

/** null: not known. */
export interface Capabilities {
  readonly tools: boolean | null;
  readonly parallelTools: boolean | null;
  readonly vision: boolean | null;
  readonly reasoning: boolean | null;
  readonly embeddings: boolean | null;
}

/** Whether a model that its server loads on demand is being loaded or unloaded now. */
export type LoadingState = 'idle' | 'loading' | 'unloading';

export interface ModelEntry {
  /** `<upstream>/<model>`. */
  readonly id: string;
  readonly upstreamModel: string;
  readonly loaded: boolean | null;
  /** Only where the server can be told to load and unload it, or loads it now. */
  readonly loading?: LoadingState;
  readonly contextWindow: ContextWindow;
  readonly capabilities: Capabilities;
}

export interface ServerEntry {
  readonly id: string;
  readonly kind: UpstreamKindId;
  readonly baseUrl: string;
  readonly found: 'detected' | 'configured';
  readonly state: ServerState;
  readonly version: string | null;
  /** What is wrong and what to do, where `state` is not "up". */
  readonly message: string | null;
  readonly models: readonly ModelEntry[];
}

export interface AliasEntry {
  readonly id: string;
  /** `<upstream>/<model>`. */
  readonly target: string;
  /** What answers while the target can't; absent where nothing does. */
  readonly fallback?: readonly string[];
  /** What its requests are shared with. */
  readonly sharedWith?: readonly string[];
  /** Its requests never leave this machine. */
  readonly localOnly?: boolean;
}

export interface ModelsReport {
  readonly gateway: { readonly running: boolean; readonly url: string | null };
  readonly servers: readonly ServerEntry[];
  readonly aliases: readonly AliasEntry[];
  readonly slots: Readonly<Record<string, string>>;
}

/** What a server's own answers say about a model's deviations, e.g. llama.cpp's chat_template_caps. */
export type ObservedFlags = Partial<CompatFlags>;
