import type { ServerState } from '../../../src-shared/catalogue.ts';

/** The state of a server in words. */
export function stateWords(state: ServerState): string {
  switch (state) {
    case 'up':
      return 'running';
    case 'down':
      return 'not running';
    case 'loading':
      return 'loading a model';
    case 'unauthorized':
      return 'no access';
    case 'error':
      return 'in trouble';
  }
}

export function stateColour(state: ServerState): string {
  switch (state) {
    case 'up':
      return 'text-good';
    case 'down':
      return 'text-quiet';
    case 'loading':
      return 'text-warn';
    case 'unauthorized':
    case 'error':
      return 'text-bad';
  }
}

/** Whether nothing can be asked of it now. */
export function isAway(state: ServerState): boolean {
  return state !== 'up' && state !== 'loading';
}
