import { TextField } from './form-fields.tsx';
import type { DraftProblems, ServerDraft } from './server-draft.ts';

/** How a server is reached: through which proxy, and whose certificates are believed. */
export function NetworkFields({
  draft,
  onChange,
  problems,
}: {
  readonly draft: ServerDraft;
  readonly onChange: (changed: Partial<ServerDraft>) => void;
  readonly problems: DraftProblems;
}) {
  return (
    <>
      <TextField
        label="Proxy"
        mono
        value={draft.proxy}
        onChange={(proxy) => onChange({ proxy })}
        placeholder="system"
        problem={problems.proxy}
        hint="`system` (as the environment says), `none`, or the URL of a proxy. Never used for this computer."
      />
      <TextField
        label="Trusted certificates"
        mono
        value={draft.caFile}
        onChange={(caFile) => onChange({ caFile })}
        placeholder="/etc/ssl/company-ca.pem"
        problem={problems.caFile}
        hint="A file (PEM) that is believed beside what this computer trusts: your company's authority, or the server's own certificate."
      />
      <div className="flex flex-col gap-1">
        <label className="flex items-center gap-2">
          <input
            type="checkbox"
            checked={draft.insecure}
            onChange={(event) => onChange({ insecure: event.target.checked })}
          />
          Do not check its certificate
        </label>
        {draft.insecure && (
          <p className="text-warn">
            Whoever stands between can then read and change everything, the secret too. Naming its certificate above is
            safer.
          </p>
        )}
      </div>
    </>
  );
}
