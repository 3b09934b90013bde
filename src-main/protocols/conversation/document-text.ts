import type { DocumentBlock } from './request.ts';

/** A document's text, framed so that the model can tell it from what the user says. */
export function documentText(document: DocumentBlock, text: string): string {
  return `${documentTag(document)}\n${text}\n</document>`;
}

/** The tag that opens a document's frame; `</document>` closes it. */
export function documentTag({ title, context }: DocumentBlock): string {
  const attribute = (name: string, value: string | undefined) =>
    value === undefined ? '' : ` ${name}="${value.replaceAll('"', '&quot;')}"`;
  return `<document${attribute('title', title)}${attribute('context', context)}>`;
}

/** The text of a base64 document; `null` where it is not base64 or not UTF-8, so that it is treated as any other binary one. */
export function base64Text(base64: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
  } catch {
    return null;
  }
}
