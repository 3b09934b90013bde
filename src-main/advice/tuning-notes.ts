import type { MachineMemory, MemoryEstimate, TuningNote } from '../../src-shared/advice.ts';
import type { UpstreamKindId } from '../../src-shared/settings.ts';

/** What decides whether a note applies. */
export interface TuningSubject {
  readonly kind: UpstreamKindId;
  /** The name or address where the server stands. */
  readonly host: string;
  /** How many requests it answers at once, where it says so. */
  readonly slots: number | null;
  /** Tokens in force; null where unknown. */
  readonly context: number | null;
  /** null where the server is on another machine. */
  readonly machine: MachineMemory | null;
  readonly memory: MemoryEstimate | null;
}

interface Rule extends TuningNote {
  /** Kinds of servers; absent: any. */
  readonly kinds?: readonly UpstreamKindId[];
  /** Absent: always. */
  readonly applies?: (subject: TuningSubject) => boolean;
}

const tight = ({ memory }: TuningSubject): boolean => memory?.place === 'split' || memory?.place === 'nowhere';
/** Where it is not to be seen how many there are, the reader knows. */
const maybeSeveralGpus = ({ machine }: TuningSubject): boolean => machine === null || machine.gpus.length > 1;
/** Small models are quick enough; a draft of theirs would hardly be smaller. Bytes of weights. */
const isLarge = ({ memory }: TuningSubject): boolean => memory === null || memory.weights > 8e9;
/** Parts of it run on the processor though there is a GPU. */
const isSpilled = ({ memory }: TuningSubject): boolean =>
  memory?.inUse != null && memory.inUse.gpu > 0 && memory.inUse.gpu < memory.inUse.all * 0.98;

const ollamaFaq = 'https://docs.ollama.com/faq';
const llamaServer = 'https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md';
const vllmTuning = 'https://docs.vllm.ai/en/stable/configuration/optimization/';
const vllmMemory = 'https://docs.vllm.ai/en/stable/configuration/conserving_memory/';
const sglangTuning = 'https://docs.sglang.io/advanced_features/hyperparameter_tuning.html';

/**
 * In the order in which they are shown: what costs most time first. Read again in November 2026 in what each `source` names: Ollama's FAQ, llama-server's
 * README (b11669), vLLM's optimization and memory pages and its vllm/config/cache.py, SGLang's hyperparameter page, LM Studio's page on TTL.
 */
const rules: readonly Rule[] = [
  {
    id: 'ollama-spilled',
    kinds: ['ollama'],
    applies: isSpilled,
    text: 'A part of it runs on the processor, which makes it several times slower: take a smaller model, a smaller context, or `OLLAMA_FLASH_ATTENTION=1 OLLAMA_KV_CACHE_TYPE=q8_0`, which halves what the context takes.',
    source: ollamaFaq,
  },
  {
    id: 'ollama-cache-type',
    kinds: ['ollama'],
    applies: (subject) => tight(subject) && !isSpilled(subject),
    text: 'Ollama started with `OLLAMA_FLASH_ATTENTION=1 OLLAMA_KV_CACHE_TYPE=q8_0` needs half the memory for the context, and hardly loses quality.',
    source: ollamaFaq,
  },
  {
    id: 'ollama-parallel',
    kinds: ['ollama'],
    applies: tight,
    text: 'Each parallel request wants memory for a context of its own. Where `OLLAMA_NUM_PARALLEL` was raised, take it back to 1, which is the default.',
    source: ollamaFaq,
  },
  {
    id: 'ollama-keep-alive',
    kinds: ['ollama'],
    text: 'Five minutes after the last request the model leaves memory, and its prompt cache with it: start Ollama with `OLLAMA_KEEP_ALIVE=2h`.',
    source: ollamaFaq,
  },
  {
    id: 'lm-studio-load',
    kinds: ['lm-studio'],
    applies: tight,
    text: 'When loading it, switch on Flash Attention and K and V cache quantisation: the context then takes half the memory.',
    source: 'https://lmstudio.ai/docs/app/advanced/per-model',
  },
  {
    id: 'lm-studio-ttl',
    kinds: ['lm-studio'],
    text: 'Loaded by a request, it leaves memory after 60 minutes without one, and its prompt cache with it: `lms load MODEL --ttl SECONDS` says another time.',
    source: 'https://lmstudio.ai/docs/developer/core/ttl-and-auto-evict',
  },
  {
    id: 'llama-cpp-cache-type',
    kinds: ['llama-cpp'],
    applies: tight,
    text: 'llama-server started with `-fa on -ctk q8_0 -ctv q8_0` needs half the memory for the context, and hardly loses quality.',
    source: llamaServer,
  },
  {
    id: 'llama-cpp-slots',
    kinds: ['llama-cpp'],
    // Without `-np` it has four, which share one context.
    applies: ({ slots }) => slots === 1,
    text: 'It has one slot. Two keep an agent and its helper (titles, subagents) from taking each other’s prompt cache: `-np 2`. Each gets half of the context, so double it: `-c 131072`.',
    source: llamaServer,
  },
  {
    id: 'llama-cpp-cache-reuse',
    kinds: ['llama-cpp'],
    text: '`--cache-reuse 256` keeps what stands behind a change in the prompt, too, when it only has moved.',
    source: llamaServer,
  },
  {
    id: 'llama-cpp-draft',
    kinds: ['llama-cpp'],
    applies: isLarge,
    text: 'A small model of the same family as draft (`-md FILE`, speculative decoding) makes code come faster.',
    source: llamaServer,
  },
  {
    id: 'vllm-prefix-caching',
    kinds: ['vllm'],
    text: 'Prefix caching is what makes an agent’s next turn quick. Newer versions have it on; older ones want `--enable-prefix-caching`.',
    source: 'https://docs.vllm.ai/en/stable/features/automatic_prefix_caching/',
  },
  {
    id: 'vllm-max-model-len',
    kinds: ['vllm'],
    applies: ({ context }) => context !== null && context > 131_072,
    text: 'A context that nobody fills costs room for other requests: `--max-model-len 131072` is plenty for agents.',
    source: vllmMemory,
  },
  {
    id: 'vllm-max-num-seqs',
    kinds: ['vllm'],
    text: 'A few people’s agents send few requests at a time: `--max-num-seqs 16` leaves more memory to the cache than the default.',
    source: vllmMemory,
  },
  {
    id: 'vllm-memory-utilization',
    kinds: ['vllm'],
    text: 'Where nothing else uses the GPU, `--gpu-memory-utilization 0.95` (default 0.92, before that 0.9) gives the difference to the KV cache.',
    source: vllmTuning,
  },
  {
    id: 'vllm-fp8-cache',
    kinds: ['vllm'],
    text: '`--kv-cache-dtype fp8` doubles what the KV cache holds, on GPUs that know FP8.',
    source: 'https://docs.vllm.ai/en/stable/features/quantization/quantized_kvcache/',
  },
  {
    id: 'vllm-chunked-prefill',
    kinds: ['vllm'],
    text: 'Long prompts are read in chunks between other requests’ tokens; `--max-num-batched-tokens 16384` reads an agent’s prompt in fewer of them.',
    source: vllmTuning,
  },
  {
    id: 'vllm-cuda-graphs',
    kinds: ['vllm'],
    text: '`--enforce-eager` saves memory by doing without CUDA graphs, and makes every token slower: leave it out.',
    source: vllmMemory,
  },
  {
    id: 'vllm-tensor-parallel',
    kinds: ['vllm'],
    applies: maybeSeveralGpus,
    text: 'Several GPUs of one machine share a model with `--tensor-parallel-size N`.',
    source: vllmTuning,
  },
  {
    id: 'vllm-speculative',
    kinds: ['vllm'],
    applies: isLarge,
    text: 'Agents write much that stands in their prompt already. Speculative decoding by n-grams makes use of it: `--speculative-config \'{"method": "ngram", "num_speculative_tokens": 5, "prompt_lookup_max": 4}\'`.',
    source: 'https://docs.vllm.ai/en/latest/features/speculative_decoding/n_gram/',
  },
  {
    id: 'sglang-memory',
    kinds: ['sglang'],
    text: 'Where the KV cache is too small (“KV cache pool is full” in its log), raise `--mem-fraction-static`; where it runs out of memory while reading prompts, lower `--chunked-prefill-size`.',
    source: sglangTuning,
  },
  {
    id: 'sglang-tensor-parallel',
    kinds: ['sglang'],
    applies: maybeSeveralGpus,
    text: 'Several GPUs of one machine share a model with `--tp N`.',
    source: sglangTuning,
  },
  {
    id: 'scales-to-zero',
    applies: ({ host }) => scalesToZero.test(host),
    text: 'Servers there often sleep while nobody asks. The first request wakes one, which takes minutes: raise `timeouts.firstByteMs` of this server in the settings, or keep one instance running.',
    source: 'https://huggingface.co/docs/inference-endpoints/guides/autoscaling',
  },
];

/** Hosts of services that start a server when it is asked: Modal, RunPod, Hugging Face, Google Cloud Run, Fly, Beam, Replicate. */
const scalesToZero =
  /(?:\.modal\.run|\.runpod\.(?:net|ai)|\.endpoints\.huggingface\.cloud|\.run\.app|\.fly\.dev|\.beam\.cloud|\.replicate\.com)$/i;

/** What is worth saying about the way a model is served, as its server documents it. */
export function tuningNotes(subject: TuningSubject): readonly TuningNote[] {
  return rules
    .filter(({ kinds, applies }) => (kinds?.includes(subject.kind) ?? true) && (applies?.(subject) ?? true))
    .map(({ id, text, source }) => ({ id, text, source }));
}
