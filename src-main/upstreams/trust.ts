import { readFile, stat } from 'node:fs/promises';
import tls, { createSecureContext, type SecureContext } from 'node:tls';

/** Gives the certificates that a connection trusts: Node's own, those of the system, and those of a file, made once for each. */
export interface Trust {
  /** Rejects where the file can't be read or holds no certificate. */
  contextOf(caFile: string | null): Promise<SecureContext>;
}

interface Made {
  readonly modifiedMs: number | null;
  readonly context: SecureContext;
}

/** `systemCertificates` is asked once, when the first connection wants it: that may take a moment. PEM, one certificate each. */
export function createTrust(systemCertificates: () => readonly string[] = ofSystem): Trust {
  const made = new Map<string | null, Made>();
  let common: readonly string[] | null = null;

  return {
    async contextOf(caFile) {
      const modifiedMs = caFile === null ? null : (await stat(caFile)).mtimeMs;
      const before = made.get(caFile);
      if (before !== undefined && before.modifiedMs === modifiedMs) return before.context;
      const given = caFile === null ? [] : [await readFile(caFile, 'utf8')];
      if (given.some((pem) => !pem.includes('-----BEGIN CERTIFICATE-----'))) throw new Error('it holds no certificate');
      common ??= [...new Set([...ofNode(), ...systemCertificates()])];
      const context = createSecureContext({ ca: [...common, ...given] });
      made.set(caFile, { modifiedMs, context });
      return context;
    },
  };
}

// Node 22.15 and later have it.
const { getCACertificates }: Partial<Pick<typeof tls, 'getCACertificates'>> = tls;

/** What is trusted by default, with NODE_EXTRA_CA_CERTS where Node tells that. */
function ofNode(): readonly string[] {
  return getCACertificates === undefined ? tls.rootCertificates : getCACertificates('default');
}

function ofSystem(): readonly string[] {
  return getCACertificates === undefined ? [] : getCACertificates('system');
}
