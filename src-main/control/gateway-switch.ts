/** Lets the gateway rest: while it is paused it takes no new request; what runs finishes. */
export interface GatewaySwitch {
  paused(): boolean;
  set(paused: boolean): void;
  /** Called after each change. */
  onChange(listener: () => void): void;
}

export function createGatewaySwitch(): GatewaySwitch {
  const listeners = new Set<() => void>();
  let paused = false;
  return {
    paused: () => paused,
    set(next) {
      if (paused === next) return;
      paused = next;
      for (const notify of listeners) notify();
    },
    onChange: (listener) => void listeners.add(listener),
  };
}
