import { Menu } from '@base-ui/react/menu';
import type { AgentEntry } from '../../../src-shared/agents.ts';
import { MoreIcon } from '../../components/icons.tsx';

/** What can be asked for on a card. */
export type AgentTask =
  | 'start-at-login'
  | 'allow-models'
  | 'set-up'
  | 'undo'
  | 'switch-off'
  | 'switch-on'
  | 'start'
  | 'try'
  | 'rotate-key'
  | 'backups';

/** What can be done with an agent, beside its card's button. */
export function AgentMenu({
  agent,
  onTask,
}: {
  readonly agent: AgentEntry;
  readonly onTask: (task: AgentTask) => void;
}) {
  const item = (label: string, task: AgentTask) => (
    <Menu.Item
      onClick={() => onTask(task)}
      className="flex h-8 cursor-default items-center rounded px-3 outline-none data-[highlighted]:bg-line/60"
    >
      {label}
    </Menu.Item>
  );
  const isSetUp = agent.state !== 'not-set-up';
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger
        aria-label={`Actions for ${agent.label}`}
        title={`Actions for ${agent.label}`}
        className="rounded p-1.5 text-quiet hover:bg-line/60 hover:text-ink data-[popup-open]:bg-line/60"
      >
        <MoreIcon />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} className="z-20 outline-none">
          <Menu.Popup className="max-h-(--available-height) min-w-56 overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-lg outline-none">
            {item(isSetUp ? 'Change models…' : 'Set up…', 'set-up')}
            {isSetUp && item('Switch off, remember it', 'switch-off')}
            {isSetUp && item('Undo…', 'undo')}
            {agent.installed && item('Try it', 'try')}
            {agent.installed && item('Start in a terminal…', 'start')}
            {isSetUp && item('Rotate key…', 'rotate-key')}
            {item('Backups…', 'backups')}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
