import { Menu } from '@base-ui/react/menu';
import { useRef, useState } from 'react';
import type { ListedServer } from '../../../src-shared/control.ts';
import { MoreIcon } from '../../components/icons.tsx';
import type { ServerTask } from './server-panel.tsx';

const copyWords = {
  idle: 'Copy base URL',
  copied: 'Copied',
  refused: 'The browser does not allow copying',
} as const;

/** What can be done with a server. */
export function ServerMenu({
  server,
  onTask,
}: {
  readonly server: ListedServer;
  readonly onTask: (task: ServerTask, by: HTMLElement) => void;
}) {
  const trigger = useRef<HTMLButtonElement>(null);
  // A panel that was opened takes the focus; else it goes back to where it was.
  const opening = useRef(false);
  const [copying, setCopying] = useState<keyof typeof copyWords>('idle');
  const { id, baseUrl } = server;
  const item = (label: string, act: () => void, stays = false) => (
    <Menu.Item
      onClick={act}
      closeOnClick={!stays}
      className="flex h-8 cursor-default items-center rounded px-3 outline-none data-[highlighted]:bg-line/60"
    >
      {label}
    </Menu.Item>
  );
  const copy = () => {
    navigator.clipboard.writeText(baseUrl).then(
      () => setCopying('copied'),
      () => setCopying('refused'),
    );
  };
  const open = (kind: Exclude<ServerTask['kind'], 'add'>) => () => {
    opening.current = true;
    if (trigger.current !== null) onTask({ kind, server: id }, trigger.current);
  };
  return (
    <Menu.Root
      modal={false}
      onOpenChange={(isOpen) => {
        if (!isOpen) return;
        opening.current = false;
        setCopying('idle');
      }}
    >
      <Menu.Trigger
        ref={trigger}
        aria-label={`Actions for ${id}`}
        title={`Actions for ${id}`}
        className="rounded p-1.5 text-quiet hover:bg-line/60 hover:text-ink data-[popup-open]:bg-line/60"
      >
        <MoreIcon />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} className="z-20 outline-none">
          <Menu.Popup
            finalFocus={() => !opening.current}
            className="min-w-44 rounded-md border border-line bg-raised p-1 shadow-lg outline-none"
          >
            {server.pulls === true && item('Get a model…', open('get-model'))}
            {item(server.description === null ? 'Keep in settings…' : 'Edit…', open('edit'))}
            {item('Test', open('test'))}
            {item(copyWords[copying], copy, true)}
            {server.description !== null && item('Remove…', open('remove'))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
