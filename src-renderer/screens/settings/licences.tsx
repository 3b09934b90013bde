import { useState } from 'react';
import { Row } from './section.tsx';

/** One package that ships with Dragoman, as scripts/shipped-licences.mjs writes it. */
interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

/** The licences of everything that ships, read when they are asked for. */
export function Licences() {
  const [packages, setPackages] = useState<readonly ShippedPackage[] | null>(null);
  const [failed, setFailed] = useState(false);
  const read = () => {
    if (packages !== null) return;
    fetch('./licences.json')
      .then((answer) => answer.json())
      .then(setPackages)
      .catch(() => setFailed(true));
  };
  return (
    <Row
      name="Licences of what ships with it"
      note={
        <details className="mt-1" onToggle={read}>
          <summary className="w-fit cursor-default rounded text-accent">Show them</summary>
          {failed && <p className="mt-2 text-bad">The list could not be read.</p>}
          <ul className="mt-2 flex flex-col gap-1">
            {packages?.map(({ name, version, licence, text }) => (
              <li key={`${name} ${version}`}>
                <details>
                  <summary className="cursor-default rounded">
                    {name} <span className="text-quiet">{version}</span> · {licence}
                  </summary>
                  <pre className="my-2 overflow-x-auto rounded bg-ground p-3 font-mono text-xs whitespace-pre-wrap">
                    {text}
                  </pre>
                </details>
              </li>
            ))}
          </ul>
        </details>
      }
      hint="The app also ships Electron and Chromium, whose licences lie beside the executable as LICENSE.electron.txt and LICENSES.chromium.html."
    />
  );
}
