import { app } from 'electron';

export interface QuitOptions {
  /** Resolves to false where the user would rather go on. */
  readonly confirm: () => Promise<boolean>;
  /** Takes nothing new, lets what is in flight end, and puts everything away. */
  readonly end: () => Promise<void>;
  readonly report: (message: string) => void;
}

export interface Quit {
  /** The user wants to quit: asks first where that would hurt. */
  byUser(): void;
  /** Quits in order and without a question, and calls `last`, which ends the app, in place of the exit. */
  andThen(last: () => void): void;
}

/**
 * Quits once what is in flight has ended; asked a second time meanwhile, it goes on waiting. Only the user is asked: a signal, the end of the
 * session or of the program that started this one is in a hurry.
 */
export function quitInOrder({ confirm, end, report }: QuitOptions): Quit {
  let stage: 'running' | 'ending' | 'ended' = 'running';
  let asking = false;
  let last = (): void => app.exit(0);

  app.on('before-quit', (event) => {
    if (stage === 'ended') return;
    event.preventDefault();
    if (stage === 'ending') return;
    stage = 'ending';
    end().then(
      () => {
        stage = 'ended';
        last();
      },
      (error: unknown) => {
        report(`quitting failed: ${String(error)}`);
        app.exit(1);
      },
    );
  });

  return {
    byUser() {
      if (asking || stage !== 'running') return;
      asking = true;
      confirm()
        .then((yes) => void (yes && app.quit()))
        .catch((error: unknown) => {
          report(`the question before quitting failed: ${String(error)}`);
          app.quit();
        })
        .finally(() => {
          asking = false;
        });
    },
    andThen(instead) {
      last = instead;
      app.quit();
    },
  };
}
