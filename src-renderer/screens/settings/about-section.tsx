import { useState } from 'react';
import type { SettingsView } from '../../../src-shared/settings-contract.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { refusalWords, type Shell } from '../../control.ts';
import { Licences } from './licences.tsx';
import { Row, Section } from './section.tsx';

/** Version, licences, and where things are kept. `home` and `version` are null before the service told them. */
export function AboutSection({
  shell,
  view,
  home,
  version,
}: {
  readonly shell: Shell | null;
  readonly view: SettingsView;
  readonly home: string | null;
  readonly version: string | null;
}) {
  const [refused, setRefused] = useState<string | null>(null);
  const openFolder = (from: Shell) => {
    from.openDataFolder().then(
      () => setRefused(null),
      (cause: unknown) => setRefused(refusalWords(cause)),
    );
  };
  return (
    <Section id="about" title="About">
      <Row name="Dragoman" hint="Licensed under Apache-2.0.">
        <span className="select-all">{version}</span>
      </Row>
      <Row name="Settings file" hint="JSON with comments. What you change by hand is in force within a second.">
        <Path path={view.file} label="path of the settings file" />
      </Row>
      {home !== null && (
        <Row name="Data folder" note={refused !== null && <p className="mt-1 text-bad">{refused}</p>}>
          <span className="flex min-w-0 flex-wrap items-center justify-end gap-2 max-sm:justify-start">
            <Path path={home} label="path of the data folder" />
            {shell !== null && <Button onClick={() => openFolder(shell)}>Open</Button>}
          </span>
        </Row>
      )}
      <Licences />
    </Section>
  );
}

function Path({ path, label }: { readonly path: string; readonly label: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      <code className="font-mono text-xs wrap-anywhere select-all">{path}</code>
      <CopyButton text={path} label={label} />
    </span>
  );
}
