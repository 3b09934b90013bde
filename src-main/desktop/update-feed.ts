/** Where the package's updates come from, as electron-builder wrote it into the package (`app-update.yml`, flat `key: value` lines). */
export interface UpdateFeed {
  /** Where a person gets the newest version; null where that is not known. */
  readonly page: string | null;
}

export function readUpdateFeed(text: string): UpdateFeed {
  const values = new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const [, key, value] = /^(\w+):\s*(.+?)\s*$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value.replace(/^(['"])(.*)\1$/, '$2')] as const];
    }),
  );
  const [owner, repo] = [values.get('owner'), values.get('repo')];
  if (values.get('provider') === 'github' && owner !== undefined && repo !== undefined) {
    return { page: `https://github.com/${owner}/${repo}/releases/latest` };
  }
  return { page: values.get('url') ?? null };
}
