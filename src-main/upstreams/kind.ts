import type { Capabilities, ContextWindow, LoadingState, ServerState } from '../../src-shared/catalogue.ts';
import type { CompatFlags } from '../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../src-shared/json.ts';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { UpstreamKindId } from '../../src-shared/settings.ts';

/** One answer to a short question asked of a model server. */
export interface ProbeAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The parsed body; undefined where it is not JSON. */
  readonly json: unknown;
}

/**
 * Short questions to one server, with its secret, headers and query applied: at most 1 MiB of answer, a few seconds.
 * `path` is taken from the server's root, the base URL without its trailing `/v1`.
 * Rejects with a ConversationFailure where no answer came.
 */
export interface Probe {
  get(path: string): Promise<ProbeAnswer>;
  post(path: string, body: JsonObject): Promise<ProbeAnswer>;
}

/** A probe that also reads answers which take long. */
export interface FollowingProbe extends Probe {
  /** The JSON values of an answer of one a line, as they come; of one that is no success, its body alone and its status. */
  follow(path: string, body: JsonObject): AsyncIterable<{ readonly status: number; readonly json: unknown }>;
  /** The JSON values of a stream of server-sent events, as they come; none where the answer is no such stream. */
  events(path: string): AsyncIterable<unknown>;
}

/** What a server says of the memory that a model takes; what it leaves out is absent. All sizes are bytes. */
export interface StatedMemory {
  /** All its weights. */
  readonly weights?: number;
  readonly parameters?: number;
  /** What one token takes in the KV cache, at 16 bits. */
  readonly cachePerToken?: number;
  /** What it takes now altogether, and how much of that is the GPU's memory. */
  readonly inUse?: { readonly all: number; readonly gpu: number };
}

/** One model as its server describes it. */
export interface InspectedModel {
  /** The server's name of it, as requests must carry it. */
  readonly name: string;
  /** Further names under which the server takes it. */
  readonly otherNames: readonly string[];
  readonly loaded: boolean | null;
  /** Where the server loads and unloads it when it is told to: whether it is at it now. */
  readonly loading?: LoadingState;
  /** False: the server refuses requests for it while it is not loaded. */
  readonly loadsOnRequest?: false;
  /** The server hands its requests on to another machine (a model of Ollama's cloud). */
  readonly runsElsewhere?: true;
  readonly contextWindow: ContextWindow;
  /** Tokens of one answer at most, where the server says. */
  readonly maxOutputTokens?: number;
  /** How many requests it answers at once, each in a slot that keeps its prompt for the next (llama.cpp: `id_slot`). */
  readonly slots?: number;
  readonly capabilities: Capabilities;
  readonly memory?: StatedMemory;
  /** Deviations that the server itself states for this model; they overrule the kind's. */
  readonly flags: Partial<CompatFlags>;
}

export interface Inspection {
  readonly state: ServerState;
  readonly version: string | null;
  /** What is wrong and what to do, where `state` is not "up". */
  readonly message: string | null;
  readonly models: readonly InspectedModel[];
  /** Its kind can fetch models, and this one can't. */
  readonly pulls?: false;
  /** False where the server could not be asked for its list: any model name is then tried. */
  readonly listKnown: boolean;
}

/** How a prompt's tokens are counted by the server itself; null where it can't. `body` is an encoded Chat request. */
export type CountTokens = (probe: Probe, body: JsonObject) => Promise<number | null>;

/**
 * How a server is told to take a model into memory and to free it; `model` is its name there. Both resolve when that is done, which takes minutes for
 * a big model, also where nothing had to be done; they reject with a ConversationFailure that says why it is not.
 */
export interface ModelLoading {
  /** @param keepMinutes how long it stays loaded after its last use, where the server is told that when it loads (`keeps`); null: as it is set */
  load(probe: Probe, model: string, keepMinutes: number | null): Promise<void>;
  unload(probe: Probe, model: string): Promise<void>;
  /**
   * How far the loading of a model is, 0 to 1, as it goes on; whoever has heard enough aborts the probe's signal. Absent: the server
   * does not tell (Ollama at no endpoint; LM Studio only in the events of its own chat endpoint, not while it loads as it was told).
   */
  progress?(probe: FollowingProbe, model: string): AsyncIterable<number>;
  /** Where it is said how long a model stays loaded: `load`, when it is loaded; `request`, in each request, as `ttl` in seconds. Absent: nowhere. */
  readonly keeps?: 'load' | 'request';
}

/**
 * For a server whose context window stands with the model and not in a request: a variant of the model under a name of its own, which shares its weights.
 * `make` rejects with a ConversationFailure; making what is there changes nothing.
 */
export interface ContextVariants {
  /** @param contextWindow tokens */
  nameOf(model: string, contextWindow: number): string;
  make(probe: Probe, model: string, contextWindow: number): Promise<void>;
}

/** What a server tells of a model that it fetches. */
export interface PullProgress {
  /** What it is at, in its own words. */
  readonly doing: string;
  /** Bytes; null as long as it is not known. */
  readonly fetched: number | null;
  readonly all: number | null;
}

/**
 * How a server is told to fetch a model from where it gets them; `model` is the name there. Tells how far it is and ends when it has it; throws a
 * ConversationFailure that says why it has not, and the signal's reason when that is aborted.
 */
export interface ModelPulling {
  pull(probe: FollowingProbe, model: string, signal: AbortSignal): AsyncIterable<PullProgress>;
  /** Calls it off where leaving does not; rejects with a ConversationFailure. */
  stop?(probe: Probe, model: string): Promise<void>;
  /** Where it can be called off, for a server that can't be told to: one sentence. */
  readonly stopAdvice?: string;
}

/** Where a server's endpoints stand; no URL has a trailing slash. */
export interface ServerAddress {
  /** Native probes are asked below it. */
  readonly rootUrl: string;
  /** The protocols' endpoints stand below it. */
  readonly apiUrl: string;
  /** Goes with each request. */
  readonly query: Readonly<Record<string, string>>;
  /** What alone is spoken there, where that is not what its kind speaks. */
  readonly protocol?: Protocol;
}

/** A model that fails in something, as far as the remedy depends on it. */
export interface RemediedModel {
  /** The server's name of it. */
  readonly name: string;
  /** Whether its chat template knows tools; null where the server does not tell. */
  readonly tools: boolean | null;
}

/** What to do where a model fails in something, in the server's own words. */
export interface KindRemedies {
  readonly tools?: (model: RemediedModel) => string;
  readonly reasoning?: (model: RemediedModel) => string;
  readonly vision?: string;
  readonly cache?: string;
}

/**
 * One kind of model server: everything that is special about it. Adding a kind is one such file, its line in kinds.ts, and its record of names, addresses
 * and words for the window in src-shared/server-kinds.ts, which the compiler asks for.
 */
export interface UpstreamKind {
  readonly id: UpstreamKindId;
  readonly defaultPorts: readonly number[];
  /** True: the base URL is the server's root and a trailing /v1 is stripped; the Chat endpoints stand under root + /v1. */
  readonly takesRoot: boolean;
  /** Hosts of the vendor's own service: what stands there is of this kind, whatever it answers. */
  readonly hosts?: RegExp;
  /** Where a base URL leads, where that is not what holds for all others (target.ts). `query`: that of the settings. */
  readonly address?: (baseUrl: string, query: Readonly<Record<string, string>>) => ServerAddress;
  /** Where requests for one of its models go, where that stands in the URL; `model` is its name there. */
  readonly modelUrl?: (apiUrl: string, model: string) => string;
  /** Sent with every request, lower-case; those of a protocol's request and the user's overrule them. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly flags: Partial<CompatFlags>;
  /** What a model's name alone tells; it overrules the kind's flags. */
  readonly modelFlags?: (name: string) => Partial<CompatFlags>;
  /** Sure signs (reference backends.md §1). Resolves false for any other server; never throws for an answer it does not know. */
  recognise(probe: Probe): Promise<boolean>;
  inspect(probe: Probe): Promise<Inspection>;
  readonly countTokens?: CountTokens;
  /** For those of its models whose inspection has `loading`. */
  readonly loading?: ModelLoading;
  /** For those of its models that it can load. */
  readonly contextVariants?: ContextVariants;
  /** Absent: it can't be told to. */
  readonly pulling?: ModelPulling;
  /** What to do when nothing answers: "Start it with `ollama serve`." */
  readonly startAdvice: string;
  /** Where its secret comes from, for one that was refused. */
  readonly secretAdvice?: string;
  /** People run it themselves: what of it fits into a computer can be told, and its context can be raised. */
  readonly isSelfHosted?: true;
  /** Bits of a weight where neither the server nor a model's name tells. Absent: a usual quantisation of 4 bits. */
  readonly usualBits?: number;
  /** It says what of a prompt it reused, where that was nothing, too. */
  readonly tellsCacheReuse?: true;
  readonly remedies?: KindRemedies;
  /** True: the server closes its socket after each streamed answer though it promises keep-alive (backends.md §0.1). */
  readonly closesAfterStream: boolean;
}
