import type { MachineMemory, Place, Starter } from '../../src-shared/advice.ts';
import { placeOf, withHeadroom } from './model-memory.ts';

interface KnownModel {
  readonly name: string;
  readonly what: string;
  /** Size in Ollama's library, bytes. */
  readonly download: number;
  /** Bytes of the KV cache by the model's config.json. */
  readonly cachePerToken: number;
  /** Few of its parameters work on each token: bearable without a GPU, too. */
  readonly sparse: boolean;
}

/**
 * Models that call tools and write code, the most capable first (ollama.com/library, 2026). A smaller one that fits beats a larger one that crawls, so the
 * first that fits is the one to start with.
 */
const known: readonly KnownModel[] = [
  {
    name: 'qwen3-coder:30b',
    what: 'Made for coding agents; quick, since few of its parameters work at a time.',
    download: 19e9,
    cachePerToken: 98_304,
    sparse: true,
  },
  {
    name: 'gpt-oss:20b',
    what: 'Reasons, calls tools well, and needs little memory for long contexts.',
    download: 14e9,
    cachePerToken: 49_152,
    sparse: true,
  },
  {
    name: 'qwen2.5-coder:14b',
    what: 'A code model for GPUs of the middle.',
    download: 9e9,
    cachePerToken: 196_608,
    sparse: false,
  },
  {
    name: 'qwen3:8b',
    what: 'Reasons and calls tools on a small GPU.',
    download: 5.2e9,
    cachePerToken: 147_456,
    sparse: false,
  },
  {
    name: 'qwen2.5-coder:7b',
    what: 'The smallest code model that is of use to an agent.',
    download: 4.7e9,
    cachePerToken: 57_344,
    sparse: false,
  },
];

/** The least that agents can work in (src-shared/agent-prompts.ts). Tokens. */
const context = 24_576;

/** What to start with on this machine, the best first: what runs whole on its GPU, else what is bearable without. */
export function startersFor(machine: MachineMemory): readonly Starter[] {
  const placed = known.map((model) => ({
    ...model,
    place: placeOf(withHeadroom(model.download + context * model.cachePerToken), machine),
  }));
  const bearable = ({ place, sparse, download }: { place: Place; sparse: boolean; download: number }): boolean =>
    place !== 'nowhere' && (sparse || download < 6e9);
  const onGpu = placed.filter(({ place }) => place === 'gpu');
  const rest = placed.filter((model) => model.place !== 'gpu' && bearable(model));
  return [...onGpu, ...rest].flatMap(({ name, what, download, place }) =>
    place === 'nowhere' ? [] : [{ name, what, download, place }],
  );
}
