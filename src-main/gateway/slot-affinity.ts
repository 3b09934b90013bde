/**
 * Which of a server's slots a conversation is sent to. llama-server keeps the prompt of one conversation in each slot, and left to itself gives a request
 * the slot whose prompt begins most like its own: a subagent with its parent's tools then takes the parent's slot and cuts its prompt (measured on b11669
 * with two slots: 996 of 1801 tokens were read again, 35 with the slots named). So conversations stay where they are, and a new one takes the slot whose
 * loss costs least.
 */
export interface SlotAffinity {
  /**
   * @param model whose slots
   * @param size of the prompt, bytes: what it would cost to read it again
   * @returns null where the server had better choose: no slot is free
   */
  take(model: string, slots: number, conversation: string, size: number): TakenSlot | null;
}

export interface TakenSlot {
  readonly id: number;
  /** The request is over. */
  done(): void;
}

interface Slot {
  readonly id: number;
  conversation: string | null;
  busy: boolean;
  /** What it is worth to keep: the size of its prompt, and the later it was used the more (the rule is GreedyDual-Size, Cao and Irani 1997). */
  worth: number;
}

interface Server {
  readonly slots: Slot[];
  /** The worth of what was given up last: what is not used comes down to it. */
  givenUp: number;
}

export function createSlotAffinity(): SlotAffinity {
  const servers = new Map<string, Server>();

  return {
    take(model, count, conversation, size) {
      let server = servers.get(model);
      if (server?.slots.length !== count) {
        server = { slots: Array.from({ length: count }, (_, id) => newSlot(id)), givenUp: 0 };
        servers.set(model, server);
      }
      const free = server.slots.filter(({ busy }) => !busy).toSorted((a, b) => a.worth - b.worth);
      // A conversation that branched has several: the last of them is the one that was used last, or holds most.
      const slot = free.findLast((one) => one.conversation === conversation) ?? free[0];
      if (slot === undefined) return null;
      if (slot.conversation !== conversation) server.givenUp = slot.worth;
      slot.conversation = conversation;
      slot.busy = true;
      slot.worth = server.givenUp + size;
      return {
        id: slot.id,
        done: () => {
          slot.busy = false;
        },
      };
    },
  };
}

function newSlot(id: number): Slot {
  return { id, conversation: null, busy: false, worth: 0 };
}
