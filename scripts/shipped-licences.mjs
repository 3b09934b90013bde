import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Two build plugins that write `licences.json` beside the window's files: name, version, licence and its text of every package of which
 * code ships. `collect` notes what a bundle is made of; `write` does so, too, and writes the file, so it belongs into the last bundle.
 *
 * @param {readonly string[]} besides folders of packages that ship without being bundled
 * @returns {{ collect: () => import('vite').Plugin, write: () => import('vite').Plugin }}
 */
export function shippedLicences(besides) {
  const folders = new Set(besides);
  /** @param {Record<string, unknown>} bundle */
  const note = (bundle) => {
    for (const chunk of Object.values(bundle)) {
      for (const id of moduleIds(chunk)) {
        const folder = /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id)?.[1];
        if (folder !== undefined) folders.add(folder);
      }
    }
  };
  return {
    collect: () => ({ name: 'collect-licences', generateBundle: (_options, bundle) => note(bundle) }),
    write: () => ({
      name: 'write-licences',
      generateBundle(_options, bundle) {
        note(bundle);
        const packages = [...folders].map(describePackage).sort((one, other) => (one.name < other.name ? -1 : 1));
        this.emitFile({ type: 'asset', fileName: 'licences.json', source: JSON.stringify(packages) });
      },
    }),
  };
}

/** @param {unknown} chunk @returns {readonly string[]} */
function moduleIds(chunk) {
  return typeof chunk === 'object' && chunk !== null && 'modules' in chunk ? Object.keys(Object(chunk.modules)) : [];
}

/** @param {string} folder */
function describePackage(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  return {
    name: String(name),
    version: String(version),
    licence: typeof license === 'string' ? license : 'see its text',
    text: text === '' ? 'The package holds no text of it.' : text,
  };
}
