import type { AgentEntry } from '../../../src-shared/agents.ts';
import { CodeBlock } from '../../components/code-block.tsx';
import { quoted } from '../../shell-word.ts';

/** How an agent is started with this gateway and none of its files touched. */
export function StartCommand({ agent }: { readonly agent: AgentEntry }) {
  const model = agent.slots.default ?? agent.kept;
  const words = [
    'dragoman',
    'run',
    agent.id,
    ...(model === null || model === undefined ? [] : ['--model', quoted(model)]),
  ];
  return (
    <div className="flex flex-col gap-2">
      <p className="text-quiet">
        In a terminal, this starts {agent.label} with variables and flags only. No file of it is touched, and model
        providers’ keys of your own stay out of its reach.
      </p>
      <CodeBlock text={words.join(' ')} label={`the command that starts ${agent.label}`} />
    </div>
  );
}
