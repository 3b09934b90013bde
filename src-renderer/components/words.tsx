/** A sentence of the service, in which what stands between backticks is to be typed: `dragoman serve`. */
export function Words({ text }: { readonly text: string }) {
  let at = 0;
  return text.split('`').map((part, index, parts) => {
    const key = at;
    at += part.length + 1;
    // An odd part has a backtick on both sides, unless it is the last: then the closing one is missing.
    if (index % 2 === 0) return part;
    if (index === parts.length - 1) return `\`${part}`;
    return (
      <code key={key} className="rounded bg-ground px-1 font-mono text-xs select-all">
        {part}
      </code>
    );
  });
}
