import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type {
  AudioBlock,
  DocumentBlock,
  Extras,
  ImageBlock,
  MediaSource,
  OpaqueBlock,
  RefusalBlock,
  TextBlock,
} from '../conversation/request.ts';
import { type Field, missing, objectAt, someText, text, wrongType } from './request-fields.ts';

/** What the content of a message may hold. */
export type ContentBlock = TextBlock | ImageBlock | DocumentBlock | AudioBlock | RefusalBlock | OpaqueBlock;

/**
 * The content of a message: a string, a list of parts, or nothing. A part of a type we do not know becomes opaque. Throws a
 * RequestError.
 * @param path leads to the content: `messages[3].content`
 */
export function decodeContent(content: unknown, path: string): readonly ContentBlock[] {
  if (content === undefined || content === null || content === '') return [];
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (isObject(content)) return [decodePart(content, path)];
  if (!Array.isArray(content)) throw wrongType(path, 'one of a string or array of objects', content);
  return content.map((part, at) => decodePart(part, `${path}[${at}]`));
}

/** The text of some content, each piece a block; what is no text is left to the caller to report. */
export function textBlocks(blocks: readonly ContentBlock[]): readonly TextBlock[] {
  return blocks.flatMap((block) => (block.kind === 'text' ? [block] : []));
}

function decodePart(value: unknown, path: string): ContentBlock {
  if (typeof value === 'string') return { kind: 'text', text: value };
  const field = objectAt(value, path);
  const part = field.value;
  switch (part.type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { kind: 'text', text: text(field, 'text'), ...cacheMark(part) };
    case 'refusal':
      return { kind: 'refusal', text: text(field, 'refusal') };
    case 'image_url':
      return decodeImage(field);
    case 'input_audio':
      return decodeAudio(field);
    case 'file':
      return decodeFile(field);
    case undefined:
      if (typeof part.text === 'string') return { kind: 'text', text: part.text, ...cacheMark(part) };
      throw missing(`${path}.type`);
    default:
      return opaque(part, typeof part.type === 'string' ? part.type : 'content part');
  }
}

/** `image_url` is an object with the address; some clients send the address itself. */
function decodeImage({ value, path }: Field): ImageBlock {
  const inner = value.image_url;
  const image = typeof inner === 'string' ? { url: inner } : objectAt(inner, `${path}.image_url`).value;
  const url = text({ value: image, path: `${path}.image_url` }, 'url');
  const detail = someText(image.detail);
  return {
    kind: 'image',
    source: sourceOf(url),
    ...(detail !== undefined && { detail }),
    ...cacheMark(value),
  };
}

function decodeAudio({ value, path }: Field): AudioBlock {
  const audio = objectAt(value.input_audio, `${path}.input_audio`);
  return { kind: 'audio', format: someText(audio.value.format) ?? 'wav', data: text(audio, 'data') };
}

/** A file by its content, as a data URL or (some clients) bare base64, or by the id of an upload. */
function decodeFile({ value, path }: Field): DocumentBlock | OpaqueBlock {
  const { value: file } = objectAt(value.file, `${path}.file`);
  const title = someText(file.filename);
  const named = { ...(title !== undefined && { title }), ...cacheMark(value) };
  const data = someText(file.file_data);
  if (data !== undefined) {
    const source = sourceOf(data);
    const isBare = source.kind === 'url' && !/^https?:/i.test(data);
    return {
      kind: 'document',
      source: isBare ? { kind: 'base64', mediaType: mediaTypeOf(title), data } : source,
      ...named,
    };
  }
  const id = someText(file.file_id);
  return id === undefined ? opaque(value, 'file') : { kind: 'document', source: { kind: 'file', id }, ...named };
}

function mediaTypeOf(name: string | undefined): string {
  return name === undefined || /\.pdf$/i.test(name) ? 'application/pdf' : 'application/octet-stream';
}

/** The content of a base64 data URL, or an address. */
function sourceOf(url: string): MediaSource {
  const found = /^data:([^;,]*)[^,]*;base64,/i.exec(url);
  if (found === null) return { kind: 'url', url };
  return { kind: 'base64', mediaType: (found[1] || 'image/png').toLowerCase(), data: url.slice(found[0].length) };
}

function opaque(raw: JsonObject, what: string): OpaqueBlock {
  return { kind: 'opaque', protocol: 'chat', what, raw };
}

/** A cache mark as OpenRouter's clients set it: it is Anthropic's, so it is kept where Anthropic's encoder looks for it. */
export function cacheMark(part: JsonObject): { readonly extras?: Extras } {
  return isObject(part.cache_control) ? { extras: { messages: { cache_control: part.cache_control } } } : {};
}
