/**
 * Keys of the settings file that later versions know and this one does not: they are refused in those words, so that
 * nobody takes them for typing errors or believes that they work. A path's list indexes and free names are written `*`.
 */
const laterKeys: Readonly<Record<string, readonly string[]>> = {
  '': ['tools'],
  activity: ['keepDays'],
  'keys.*': ['owner', 'requestsPerMinute'],
};

export function isLaterKey(pattern: string, key: string): boolean {
  return laterKeys[pattern]?.includes(key) ?? false;
}
