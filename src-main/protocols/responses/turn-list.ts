import type { Diagnostics } from '../conversation/diagnostics.ts';
import type { Block, ReasoningBlock, Turn } from '../conversation/request.ts';

/** Gathers items into turns: runs of what the assistant said, thought and called, runs of results, and single messages. */
export class TurnList {
  readonly #diagnostics: Diagnostics;
  readonly #turns: Turn[] = [];
  /** The blocks of the last turn while it can still grow. */
  #open: { readonly role: 'assistant' | 'user'; readonly blocks: Block[]; endsWithMessage: boolean } | null = null;
  /** Reasoning that waits for what it led to. */
  #reasoning: ReasoningBlock[] = [];

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  /** Whether nobody has spoken yet. */
  get isEmpty(): boolean {
    return this.#turns.length === 0 && this.#reasoning.length === 0;
  }

  addReasoning(block: ReasoningBlock): void {
    this.#reasoning.push(block);
  }

  /** A message of the assistant. */
  addMessage(blocks: readonly Block[]): void {
    if (this.#open?.endsWithMessage === true && this.#reasoning.length === 0) this.#open = null;
    this.#grow('assistant', blocks).endsWithMessage = true;
  }

  /** A call, or what else the assistant did. */
  addAssistant(blocks: readonly Block[]): void {
    this.#grow('assistant', blocks).endsWithMessage = false;
  }

  /** What calls gave. */
  addResults(blocks: readonly Block[]): void {
    this.#grow('user', blocks);
  }

  addUser(turn: Turn): void {
    this.#dropReasoning();
    this.#open = null;
    this.#turns.push(turn);
  }

  addSystem(turn: Turn): void {
    this.#open = null;
    this.#turns.push(turn);
  }

  /** All turns; nothing may be added after. */
  end(): readonly Turn[] {
    this.#dropReasoning();
    return this.#turns;
  }

  #grow(role: 'assistant' | 'user', blocks: readonly Block[]): { endsWithMessage: boolean } {
    if (role === 'user') this.#dropReasoning();
    if (this.#open?.role !== role) {
      this.#open = { role, blocks: [], endsWithMessage: false };
      this.#turns.push(this.#open);
    }
    this.#open.blocks.push(...this.#reasoning, ...blocks);
    this.#reasoning = [];
    return this.#open;
  }

  /** OpenAI itself refuses a reasoning item "without its required following item". */
  #dropReasoning(): void {
    if (this.#reasoning.length > 0)
      this.#diagnostics.add('repaired', 'reasoning', 'Reasoning that led to no message or call was left out.');
    this.#reasoning = [];
  }
}
