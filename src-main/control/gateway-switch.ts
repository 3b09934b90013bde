/** Lets the gateway rest: while it is paused it takes no new request; what runs finishes. */
export interface GatewaySwitch {
  paused(): boolean;
  set(paused: boolean): void;
}

export function createGatewaySwitch(changed: () => void): GatewaySwitch {
  let paused = false;
  return {
    paused: () => paused,
    set(next) {
      if (paused === next) return;
      paused = next;
      changed();
    },
  };
}
