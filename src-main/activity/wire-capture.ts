import { masked, type WireMessage } from '../../src-shared/activity.ts';
import type { Border, WireHead } from '../gateway/tap.ts';

interface Captured {
  readonly border: Border;
  readonly round: number;
  head: WireHead | null;
  readonly chunks: Uint8Array[];
  /** Bytes that passed, and of those the bytes that are kept. */
  passed: number;
  kept: number;
}

/** Most that is kept of one body, in bytes. */
const bodyLimit = 8 * 1024 * 1024;
/** Our own keys are masked wherever they stand, also in what a model was told or says. */
const localKey = /dgm_[A-Za-z0-9_-]{16,}/g;

/** Both sides of the wire of one exchange, in memory. Secrets that its headers carried are masked in everything that is read from it. */
export class WireCapture {
  readonly #messages: Captured[] = [];
  readonly #conceal: ((text: string) => string)[] = [];
  #bytes = 0;

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  head(round: number, border: Border, head: WireHead): void {
    const known = this.#message(round, border);
    // A round that is asked once more (with a shorter answer) is another message.
    const message = known.head === null ? known : this.#begin(known.round, border);
    message.head = head;
    if (head.conceal !== null) this.#conceal.push(head.conceal);
  }

  /** Returns how many bytes more are kept now. */
  push(round: number, border: Border, chunk: string | Uint8Array): number {
    const message = this.#message(round, border);
    // A copy: a small chunk may be a view on a large buffer of the socket, which it would keep alive.
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk);
    message.passed += bytes.length;
    const room = bodyLimit - message.kept;
    if (room <= 0) return 0;
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    message.chunks.push(kept);
    message.kept += kept.length;
    this.#bytes += kept.length;
    return kept.length;
  }

  conceal(text: string): string {
    return this.#conceal.reduce((open, mask) => mask(open), text).replace(localKey, `dgm_${masked}`);
  }

  messages(): readonly WireMessage[] {
    return this.#messages.map(({ border, round, head, chunks, passed }) => ({
      border,
      round,
      line: head === null ? null : this.conceal(head.line),
      headers: Object.fromEntries(
        Object.entries(head?.headers ?? {}).map(([name, value]) => [name, this.conceal(value)]),
      ),
      body: this.conceal(Buffer.concat(chunks).toString('utf8')),
      bytes: passed,
    }));
  }

  /** What the agent sent, its body as it is; null where that was not kept whole. */
  asked(): { readonly head: WireHead; readonly body: Buffer } | null {
    const asked = this.#messages.find(({ border }) => border === 'agent-to-gateway');
    if (asked === undefined || asked.head === null || asked.kept === 0 || asked.kept < asked.passed) return null;
    return { head: asked.head, body: Buffer.concat(asked.chunks) };
  }

  /** What servers sent, round by round, as it is. */
  serverBodies(): readonly Uint8Array[] {
    return this.#messages
      .filter(({ border }) => border === 'server-to-gateway')
      .map(({ chunks }) => Buffer.concat(chunks));
  }

  /** An agent's side is one message, however many rounds it takes; a server is asked anew in each. */
  #message(round: number, border: Border): Captured {
    const own = border === 'agent-to-gateway' || border === 'gateway-to-agent' ? 0 : round;
    return (
      this.#messages.findLast((message) => message.border === border && message.round === own) ??
      this.#begin(own, border)
    );
  }

  #begin(round: number, border: Border): Captured {
    const message: Captured = { border, round, head: null, chunks: [], passed: 0, kept: 0 };
    this.#messages.push(message);
    return message;
  }
}
