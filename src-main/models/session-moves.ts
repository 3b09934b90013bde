import { createHash } from 'node:crypto';
import { withoutClaudePrefix } from './model-names.ts';

/** Sessions remembered; the one that asked longest ago is forgotten first. */
const remembered = 2000;

/**
 * Running sessions of agents whose model was changed. An agent reads its configuration when it starts and asks for that model to its end; so what a
 * session has asked for before means the new model from then on, and a session that begins later and names the old one means it.
 */
export interface SessionMoves {
  /** What the request's model means; the session is known from now on. `session` is '' where the agent does not tell. */
  nameFor(keyId: string, session: string, name: string): string;
  /** Sessions with this key that asked for one of `models` mean what it is changed to. Names are those of the set-up. */
  move(keyId: string, models: ReadonlyMap<string, string>): void;
}

interface Asked {
  readonly keyId: string;
  readonly name: string;
  /** What it means now. */
  readonly means: string;
}

export function createSessionMoves(): SessionMoves {
  /** In the order of their last request. */
  const sessions = new Map<string, Asked>();

  return {
    nameFor(keyId, session, name) {
      const id = createHash('sha1')
        .update(JSON.stringify([keyId, session, name]))
        .digest('base64');
      const asked = sessions.get(id) ?? { keyId, name, means: name };
      sessions.delete(id);
      sessions.set(id, asked);
      const [oldest] = sessions.keys();
      if (sessions.size > remembered && oldest !== undefined) sessions.delete(oldest);
      return asked.means;
    },
    move(keyId, models) {
      for (const [id, asked] of sessions) {
        const to = models.get(withoutClaudePrefix(asked.means) ?? asked.means);
        if (asked.keyId === keyId && to !== undefined) sessions.set(id, { ...asked, means: to });
      }
    },
  };
}
