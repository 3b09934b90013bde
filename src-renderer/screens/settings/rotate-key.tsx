import { useCallback } from 'react';
import { agentLabels } from '../../../src-shared/agent-prompts.ts';
import { type AgentId, agentIds } from '../../../src-shared/agents.ts';
import type { KeyInfo } from '../../../src-shared/control.ts';
import type { Control } from '../../control.ts';
import { usePolled } from '../../use-polled.ts';
import { AskFirst } from './key-asks.tsx';
import type { MadeKey } from './new-key.tsx';

/** The agent whose own key it is: Dragoman has put it into the agent's files. Null for a key that somebody made. */
export function agentOf({ agent, expiresAt }: KeyInfo): AgentId | null {
  return agentIds.find((id) => id === agent && expiresAt === null) ?? null;
}

/** Asks before another key takes the place of this one, and says who has to get it. */
export function RotateKey({
  control,
  info,
  onRotate,
  onCancel,
}: {
  readonly control: Control;
  readonly info: KeyInfo;
  readonly onRotate: () => void;
  readonly onCancel: () => void;
}) {
  const agent = agentOf(info);
  return (
    <AskFirst
      label={`Rotate ${info.name}?`}
      question={
        agent === null ? (
          <p>
            Rotate “{info.name}”? A new key takes its place and is shown; the old one opens nothing from then on.
            Whatever uses it has to get the new one from you.
          </p>
        ) : (
          <OfAgent control={control} agent={agent} />
        )
      }
      action="Rotate key"
      look="main"
      keep="Keep it"
      onYes={onRotate}
      onNo={onCancel}
    />
  );
}

function OfAgent({ control, agent }: { readonly control: Control; readonly agent: AgentId }) {
  const { answer } = usePolled(useCallback(() => control.agents.planRotateKey({ agent }), [control, agent]));
  const label = agentLabels[agent];
  const files = answer?.files ?? [];
  return (
    <>
      <p>
        Rotate the key of {label}?{' '}
        {files.length > 0 && 'Dragoman puts a new one into its files, after a copy of each. '}
        The old one opens nothing from then on: running sessions of {label} are refused until they are started again.
      </p>
      {files.map(({ path }) => (
        <code key={path} className="block font-mono text-xs text-quiet">
          {path}
        </code>
      ))}
    </>
  );
}

/** Rotates it; resolves with the key where it is to be shown. Rejects with words for people. */
export async function rotate(control: Control, info: KeyInfo): Promise<MadeKey | null> {
  const agent = agentOf(info);
  if (agent === null) return control.keys.rotate({ key: info.id });
  const { refused } = await control.agents.rotateKey({ agent });
  if (refused === null) return null;
  throw new RotationRefused(refused.why, refused.path);
}

/** What keeps an agent's files from getting another key. */
export class RotationRefused extends Error {
  constructor(why: string, path: string | null) {
    super(`The key stays as it is: ${why}.${path === null ? '' : ` File: ${path}`}`);
  }
}
