import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
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
import { sanitiseJson, sanitiseText } from '../conversation/sanitise-text.ts';
import type { WireBlock } from './request-blocks.ts';

/** What both a turn and a tool result may hold. */
export type ContentBlock = TextBlock | ImageBlock | DocumentBlock | AudioBlock | SearchResultBlock | OpaqueBlock;

/** Whether a block is one of those that `encodeContent` takes. */
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
 * The blocks as Messages has them. Text without a visible character goes (the API refuses it); what a Messages server can't take
 * becomes a text that says so, with a diagnostic.
 */
export function encodeContent(
  blocks: readonly ContentBlock[],
  flags: CompatFlags,
  diagnostics: Diagnostics,
): WireBlock[] {
  return blocks.flatMap((block) => encodeBlock(block, flags, diagnostics));
}

/** A text block; none where there is nothing to see. */
export function textBlock(text: string, flags: CompatFlags, extras?: Extras): WireBlock[] {
  return text.trim() === '' ? [] : [{ type: 'text', text: sanitiseText(text), ...kept(extras, flags) }];
}

/** What a client of this protocol said beside the keys we know; cache marks only where the upstream takes them. */
export function kept(extras: Extras | undefined, flags: CompatFlags): JsonObject {
  const { cache_control, ...rest } = extras?.messages ?? {};
  return { ...rest, ...(flags.cacheControl && cache_control !== undefined && { cache_control }) };
}

function encodeBlock(block: ContentBlock, flags: CompatFlags, diagnostics: Diagnostics): WireBlock[] {
  switch (block.kind) {
    case 'text':
      return textBlock(block.text, flags, block.extras);
    case 'image':
      return encodeImage(block, flags, diagnostics);
    case 'document':
      return encodeDocument(block, flags, diagnostics);
    case 'search-result': {
      const content = textBlock(block.text, flags);
      if (content.length === 0) return [];
      const title = block.title === '' ? 'Untitled' : block.title;
      const source = block.source === '' ? title : block.source;
      return [{ type: 'search_result', source, title, content, ...kept(block.extras, flags) }];
    }
    case 'audio':
      diagnostics.add('dropped', 'audio', 'Messages has no block for sound; a note stands where it was.');
      return textBlock(`[audio omitted: ${block.format}; the model can't hear it]`, flags, block.extras);
    case 'opaque':
      if (block.protocol === 'messages') return [{ ...block.raw, type: block.what }];
      diagnostics.add('dropped', block.what, 'This upstream has no such block; it was left out.');
      return [];
  }
}

/** The kinds of image that Anthropic's documentation names. */
const imageTypes = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);

function encodeImage({ source, extras }: ImageBlock, flags: CompatFlags, diagnostics: Diagnostics): WireBlock[] {
  const omitted = (why: string, note: string): WireBlock[] => {
    diagnostics.add('dropped', 'image', why);
    return textBlock(`[image omitted: ${note}]`, flags, extras);
  };
  if (flags.vision === false)
    return omitted('The model has no vision; a note stands where the image was.', 'model has no vision');
  switch (source.kind) {
    case 'url':
      return [{ type: 'image', source: { type: 'url', url: sanitiseText(source.url) }, ...kept(extras, flags) }];
    case 'file':
      return omitted(
        "The image is a file at the client's own provider, which this upstream can't read.",
        `uploaded file ${source.id} can't be read here`,
      );
    case 'base64': {
      const media_type = source.mediaType === 'image/jpg' ? 'image/jpeg' : source.mediaType;
      if (!imageTypes.has(media_type))
        return omitted(
          'Messages servers read JPEG, PNG, GIF and WebP only; a note stands where the image was.',
          `${media_type} can't be read here`,
        );
      return [{ type: 'image', source: { type: 'base64', media_type, data: source.data }, ...kept(extras, flags) }];
    }
  }
}

function encodeDocument(block: DocumentBlock, flags: CompatFlags, diagnostics: Diagnostics): WireBlock[] {
  const { title, context, extras } = block;
  const written = (source: JsonObject): WireBlock[] => [
    {
      type: 'document',
      source,
      ...(title !== undefined && { title: sanitiseText(title) }),
      ...(context !== undefined && { context: sanitiseText(context) }),
      ...kept(extras, flags),
    },
  ];
  const plain = (data: string): WireBlock[] =>
    data.trim() === '' ? [] : written({ type: 'text', media_type: 'text/plain', data: sanitiseText(data) });
  const omitted = (what: string): WireBlock[] => {
    diagnostics.add(
      'dropped',
      'document',
      "The upstream can't read this kind of document; a note stands where it was.",
    );
    const named = title === undefined ? '' : ` "${title}"`;
    return textBlock(`[document${named} omitted: ${what}; its content could not be passed on]`, flags, extras);
  };
  const { source } = block;
  switch (source.kind) {
    case 'text':
      return plain(source.text);
    case 'content': {
      const content = encodeContent(source.blocks, flags, diagnostics);
      return content.length === 0 ? [] : written({ type: 'content', content });
    }
    case 'url':
      return flags.pdf ? written({ type: 'url', url: sanitiseText(source.url) }) : omitted(`at ${source.url}`);
    case 'file':
      return omitted(`uploaded file ${source.id}`);
    case 'base64': {
      const text = source.mediaType.startsWith('text/') ? decodeText(source.data) : null;
      if (text !== null) return plain(text);
      if (flags.pdf && source.mediaType === 'application/pdf')
        return written({ type: 'base64', media_type: source.mediaType, data: source.data });
      return omitted(`${source.mediaType}, ${Math.ceil((source.data.length * 3) / 4 / 1024)} KB`);
    }
  }
}

function decodeText(base64: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
  } catch {
    return null; // not base64 or not UTF-8: it is treated as any other binary document
  }
}

/** JSON of a client that goes on as it is, but for characters that servers refuse. */
export function sanitised(value: JsonObject): JsonObject {
  return sanitiseJson(value) as JsonObject; // an object stays an object
}
