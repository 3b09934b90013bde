import type { CompatFlags } from '../../../src-shared/compat-flags.ts';
import type { JsonObject } from '../../../src-shared/json.ts';
import type { Diagnostics } from '../conversation/diagnostics.ts';
import { base64Text, documentTag, documentText } from '../conversation/document-text.ts';
import type { Block, DocumentBlock, Extras, ImageBlock, MediaSource, ToolResultPart } from '../conversation/request.ts';
import { sanitiseText } from '../conversation/sanitise-text.ts';

export interface ContentContext {
  readonly flags: CompatFlags;
  /** Ids of uploaded files mean something to the upstream: the client speaks to OpenAI. */
  readonly knowsFiles: boolean;
  readonly diagnostics: Diagnostics;
}

/** Whether a block is one that `inputParts` takes. */
export function isInputBlock(block: Block): block is ToolResultPart {
  switch (block.kind) {
    case 'text':
    case 'image':
    case 'document':
    case 'audio':
    case 'search-result':
      return true;
    case 'opaque':
      return isContentPart(block.what);
    default:
      return false;
  }
}

/** Of what only Responses knows: whether it is a part of a message's content, and not an item. */
export function isContentPart(what: string): boolean {
  return /^(?:input|output)_/.test(what);
}

/** The blocks as the content of a user's message or of a call's output; empty text goes. */
export function inputParts(blocks: readonly ToolResultPart[], context: ContentContext): readonly JsonObject[] {
  return blocks.flatMap((block) => inputPart(block, context));
}

/** One text part. */
export function inputText(text: string): JsonObject {
  return { type: 'input_text', text: sanitiseText(text) };
}

/** What a part has beside its text (annotations, cache marks), for a server that takes all of Responses. */
export function partKeys(extras: Extras | undefined, { fullResponses }: CompatFlags): JsonObject {
  if (!fullResponses || extras?.responses === undefined) return {};
  const { item: _, ...keys } = extras.responses;
  return keys;
}

function inputPart(block: ToolResultPart, context: ContentContext): readonly JsonObject[] {
  switch (block.kind) {
    case 'text':
      return block.text === '' ? [] : [{ ...inputText(block.text), ...partKeys(block.extras, context.flags) }];
    case 'search-result':
      return [inputText([block.title, block.source, block.text].filter((line) => line !== '').join('\n'))];
    case 'image':
      return [imagePart(block, context)];
    case 'audio':
      return [{ type: 'input_audio', input_audio: { data: block.data, format: block.format } }];
    case 'document':
      return documentParts(block, context);
    case 'opaque':
      if (block.protocol === 'responses' && context.flags.fullResponses) return [block.raw];
      context.diagnostics.add('dropped', block.what, 'This upstream has no such block; it was left out.');
      return [];
  }
}

function imagePart({ source, detail }: ImageBlock, { flags, knowsFiles, diagnostics }: ContentContext): JsonObject {
  if (flags.vision === false) {
    diagnostics.add('dropped', 'image', 'The model has no vision; a note stands where the image was.');
    return inputText('[image omitted: model has no vision]');
  }
  if (source.kind === 'file' && !knowsFiles) {
    diagnostics.add(
      'dropped',
      'image',
      "The image is a file at the client's own provider, which this upstream can't read.",
    );
    return inputText(`[image omitted: uploaded file ${source.id} can't be read here]`);
  }
  // Strict servers want `detail`; "auto" is what it means to leave it out.
  const place = source.kind === 'file' ? { file_id: source.id } : { image_url: addressOf(source) };
  return { type: 'input_image', ...place, detail: detail ?? 'auto' };
}

function documentParts(block: DocumentBlock, context: ContentContext): readonly JsonObject[] {
  const { source } = block;
  const { flags, knowsFiles } = context;
  switch (source.kind) {
    case 'text':
      return [inputText(documentText(block, source.text))];
    case 'content': {
      const parts = inputParts(source.blocks, context);
      const texts = parts.map(({ type, text }) => (type === 'input_text' && typeof text === 'string' ? text : null));
      if (texts.every((text) => text !== null)) return [inputText(documentText(block, texts.join('\n')))];
      return [inputText(documentTag(block)), ...parts, inputText('</document>')];
    }
    case 'url':
      return flags.pdf ? [{ type: 'input_file', file_url: source.url }] : [omitted(block, `at ${source.url}`, context)];
    case 'file':
      return knowsFiles
        ? [{ type: 'input_file', file_id: source.id }]
        : [omitted(block, `uploaded file ${source.id}`, context)];
    case 'base64': {
      if (flags.pdf && (source.mediaType === 'application/pdf' || flags.fullResponses)) {
        const filename = sanitiseText(block.title ?? 'document.pdf');
        return [{ type: 'input_file', filename, file_data: addressOf(source) }];
      }
      const text = source.mediaType.startsWith('text/') ? base64Text(source.data) : null;
      if (text !== null) return [inputText(documentText(block, text))];
      const kilobytes = Math.ceil((source.data.length * 3) / 4 / 1024);
      return [omitted(block, `${source.mediaType}, ${kilobytes} KB`, context)];
    }
  }
}

function omitted(block: DocumentBlock, what: string, { diagnostics }: ContentContext): JsonObject {
  diagnostics.add('dropped', 'document', "The upstream can't read this kind of document; a note stands where it was.");
  const title = block.title === undefined ? '' : ` "${block.title}"`;
  return inputText(`[document${title} omitted: ${what}; its content could not be passed on to the model]`);
}

function addressOf(source: Exclude<MediaSource, { kind: 'file' }>): string {
  return source.kind === 'url' ? sanitiseText(source.url) : `data:${source.mediaType};base64,${source.data}`;
}
