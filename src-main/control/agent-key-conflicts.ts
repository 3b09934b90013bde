import type { AgentConflict } from '../../src-shared/agents.ts';
import { allowsModel } from '../../src-shared/model-pattern.ts';
import type { Settings } from '../../src-shared/settings.ts';
import type { CodingAgent } from '../agents/coding-agent.ts';
import type { Setup } from '../agents/setup-record.ts';
import { hashKey, looksLikeKey } from '../keys/mint.ts';

/** What keeps an agent that is set up from its models by its own key: there is no such key any more, or it may not call one of them. */
export function keyConflicts(
  { id, label }: Pick<CodingAgent, 'id' | 'label'>,
  { files, models }: Setup,
  { keys, models: aliases }: Settings,
): readonly AgentConflict[] {
  const hashes = files.flatMap(({ values }) =>
    values.flatMap(({ value }) => (looksLikeKey(value) ? [hashKey(value)] : [])),
  );
  // A set-up may leave the key to the environment: then it is the agent's own.
  const isHeld = ({ hash, agent, expiresAt }: Settings['keys'][number]): boolean =>
    hashes.length > 0 ? hashes.includes(hash) : agent === id && expiresAt === null;
  const key = keys.findLast(isHeld);
  if (key === undefined) {
    return [
      {
        kind: 'gateway',
        what: `The key of ${label} was revoked`,
        effect: 'All its requests are refused.',
        remedy: 'Set it up again: it gets a new key.',
        mend: 'set-up',
      },
    ];
  }
  const modelIdOf = (name: string): string => {
    const alias = aliases.find((one) => one.id === name);
    return alias === undefined ? name : `${alias.upstream}/${alias.model}`;
  };
  const refused = [...new Set(Object.values(models))].filter((name) => !allowsModel(key.models, modelIdOf(name), name));
  if (refused.length === 0) return [];
  return [
    {
      kind: 'gateway',
      what: `The key “${key.name}” may not call ${refused.join(', ')}`,
      effect: `${label} is set up with ${refused.length === 1 ? 'that model, and its requests for it' : 'those models, and its requests for them'} are refused.`,
      remedy: `Let the key call ${refused.length === 1 ? 'it' : 'them'}, or choose another model.`,
      mend: 'allow-models',
    },
  ];
}
