/**
 * Whether a pattern, as local keys name the models they may call, means this one: `*` stands for any run of characters.
 * Greedy from the left, so that no pattern takes more than linear steps per `*`.
 */
export function matchesPattern(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = text.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return from <= text.length - last.length;
}

/** Whether one of these patterns means a model, by its id (`<upstream>/<model>`) or by the alias it was named by. */
export function allowsModel(patterns: readonly string[], id: string, alias: string | null): boolean {
  const matches = (name: string): boolean => patterns.some((pattern) => matchesPattern(pattern, name));
  return matches(id) || (alias !== null && matches(alias));
}
