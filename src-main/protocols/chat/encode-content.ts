import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import { isObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import { base64Text, documentTag, documentText } from '../conversation/document-text.ts';
import type {
  AudioBlock,
  Block,
  DocumentBlock,
  Extras,
  ImageBlock,
  OpaqueBlock,
  SearchResultBlock,
  TextBlock,
} from '../conversation/request.ts';
import { sanitiseText } from '../conversation/sanitise-text.ts';
import type { ContentPart, TextPart } from './request-messages.ts';

/** What both a user turn and a tool result may hold. */
export type ContentBlock = TextBlock | ImageBlock | DocumentBlock | AudioBlock | SearchResultBlock | OpaqueBlock;

/** The blocks as content parts. What the model can't take becomes a text that says so, with a diagnostic; empty text goes. */
export function encodeParts(
  blocks: readonly ContentBlock[],
  flags: CompatFlags,
  diagnostics: Diagnostics,
): ContentPart[] {
  return blocks.flatMap((block) => encodePart(block, flags, diagnostics));
}

/** Whether a block is one of those that `encodeParts` takes. */
export function isContentBlock(block: Block): block is ContentBlock {
  switch (block.kind) {
    case 'text':
    case 'image':
    case 'document':
    case 'audio':
    case 'search-result':
    case 'opaque':
      return true;
    default:
      return false;
  }
}

/**
 * Parts as message content: one plain string where all is text (arrays make some models mirror them, and templates lose them),
 * unless a part carries a cache mark.
 */
export function contentOf<Part extends ContentPart>(parts: readonly Part[], separator: string): string | Part[] {
  if (!parts.every((part) => part.type === 'text' && part.cache_control === undefined)) return [...parts];
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join(separator);
}

/** A text part; a cache mark of the client goes along where the upstream takes it. */
export function textPart(text: string, flags: CompatFlags, extras?: Extras): TextPart {
  const mark = cacheMark(flags, extras);
  return { type: 'text', text: sanitiseText(text), ...(mark !== undefined && { cache_control: mark }) };
}

/** The client's cache mark on a block, where the upstream takes such marks. */
export function cacheMark(flags: CompatFlags, extras: Extras | undefined): JsonObject | undefined {
  const mark = flags.cacheControl ? extras?.messages?.cache_control : undefined;
  return isObject(mark) ? (mark as JsonObject) : undefined;
}

function encodePart(block: ContentBlock, flags: CompatFlags, diagnostics: Diagnostics): ContentPart[] {
  switch (block.kind) {
    case 'text':
      return block.text === '' ? [] : [textPart(block.text, flags, block.extras)];
    case 'search-result':
      return [
        textPart([block.title, block.source, block.text].filter((line) => line !== '').join('\n'), flags, block.extras),
      ];
    case 'image':
      return [encodeImage(block, flags, diagnostics)];
    case 'audio':
      return [{ type: 'input_audio', input_audio: { data: block.data, format: block.format } }];
    case 'document':
      return encodeDocument(block, flags, diagnostics);
    case 'opaque':
      diagnostics.add('dropped', block.what, 'This upstream has no such block; it was left out.');
      return [];
  }
}

function encodeImage(
  { source, detail, extras }: ImageBlock,
  flags: CompatFlags,
  diagnostics: Diagnostics,
): ContentPart {
  if (flags.vision === false) {
    diagnostics.add('dropped', 'image', 'The model has no vision; a note stands where the image was.');
    return textPart('[image omitted: model has no vision]', flags, extras);
  }
  if (source.kind === 'file') {
    diagnostics.add(
      'dropped',
      'image',
      "The image is a file at the client's own provider, which this upstream can't read.",
    );
    return textPart(`[image omitted: uploaded file ${source.id} can't be read here]`, flags, extras);
  }
  const url = source.kind === 'url' ? sanitiseText(source.url) : `data:${source.mediaType};base64,${source.data}`;
  // Responses knows one detail more than Chat does.
  const known = detail === 'original' ? 'high' : detail;
  return { type: 'image_url', image_url: { url, ...(known !== undefined && { detail: known }) } };
}

function encodeDocument(block: DocumentBlock, flags: CompatFlags, diagnostics: Diagnostics): ContentPart[] {
  const { source } = block;
  switch (source.kind) {
    case 'text':
      return [textPart(documentText(block, source.text), flags, block.extras)];
    case 'content': {
      const parts = encodeParts(source.blocks, flags, diagnostics);
      const content = contentOf(parts, '\n');
      if (typeof content === 'string') return [textPart(documentText(block, content), flags, block.extras)];
      return [textPart(documentTag(block), flags), ...parts, textPart('</document>', flags, block.extras)];
    }
    case 'url':
      return [omitted(block, `at ${source.url}`, flags, diagnostics)];
    case 'file':
      return [omitted(block, `uploaded file ${source.id}`, flags, diagnostics)];
    case 'base64': {
      if (flags.pdf && source.mediaType === 'application/pdf') {
        const file_data = `data:${source.mediaType};base64,${source.data}`;
        return [{ type: 'file', file: { filename: sanitiseText(block.title ?? 'document.pdf'), file_data } }];
      }
      const text = source.mediaType.startsWith('text/') ? base64Text(source.data) : null;
      if (text !== null) return [textPart(documentText(block, text), flags, block.extras)];
      const kilobytes = Math.ceil((source.data.length * 3) / 4 / 1024);
      return [omitted(block, `${source.mediaType}, ${kilobytes} KB`, flags, diagnostics)];
    }
  }
}

function omitted(block: DocumentBlock, what: string, flags: CompatFlags, diagnostics: Diagnostics): TextPart {
  diagnostics.add('dropped', 'document', "The upstream can't read this kind of document; a note stands where it was.");
  const title = block.title === undefined ? '' : ` "${block.title}"`;
  return textPart(
    `[document${title} omitted: ${what}; its content could not be passed on to the model]`,
    flags,
    block.extras,
  );
}
