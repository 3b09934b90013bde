import { isObject, type JsonObject } from '../../../src-shared/json.ts';
import type {
  AudioBlock,
  DocumentBlock,
  ImageBlock,
  MediaSource,
  OpaqueBlock,
  RefusalBlock,
  TextBlock,
} from '../conversation/request.ts';
import { extrasOf, type Field, missing, objectAt, optionalText, text, wrongType } from './request-wire.ts';

export type Part = TextBlock | ImageBlock | DocumentBlock | AudioBlock | OpaqueBlock;

const textKeys = new Set(['type', 'text']);
const refusalKeys = new Set(['type', 'refusal']);
const imageKeys = new Set(['type', 'image_url', 'file_id', 'detail']);
const fileKeys = new Set(['type', 'file_data', 'file_url', 'file_id', 'filename']);
const audioKeys = new Set(['type', 'input_audio']);

/** The content of a message: a string, or a list of parts. A part of an unknown type becomes opaque. Throws a WireError. */
export function decodeContent(content: unknown, path: string): readonly (Part | RefusalBlock)[] {
  if (content === undefined) throw missing(path);
  if (content === null) return [];
  if (typeof content === 'string') return [{ kind: 'text', text: content }];
  if (!Array.isArray(content)) throw wrongType(path, 'a string or an array of content parts', content);
  return content.map((value, at) => {
    const field = objectAt(value, `${path}[${at}]`);
    if (field.value.type !== 'refusal') return decodePart(field);
    return { kind: 'refusal', text: text(field, 'refusal'), ...extrasOf(field.value, refusalKeys) };
  });
}

/** What a call gave: a string, a list of parts, or some other JSON value, which is said as its text. Throws a WireError. */
export function decodeOutput(output: unknown, path: string): readonly Part[] {
  if (output === undefined || output === null || output === '') return [];
  if (typeof output === 'string') return [{ kind: 'text', text: output }];
  if (!Array.isArray(output)) return [{ kind: 'text', text: JSON.stringify(output) }];
  return output.map((value, at) => decodePart(objectAt(value, `${path}[${at}]`)));
}

/** One part that may stand in a message as well as in a call's output. Throws a WireError. */
export function decodePart(field: Field): Part {
  const type = text(field, 'type');
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text':
      return { kind: 'text', text: text(field, 'text'), ...extrasOf(field.value, textKeys) };
    case 'input_image':
    case 'computer_screenshot':
      return decodeImage(field);
    case 'input_file':
      return decodeFile(field);
    case 'input_audio': {
      const audio = objectAt(field.value.input_audio, `${field.path}.input_audio`);
      return {
        kind: 'audio',
        format: text(audio, 'format'),
        data: text(audio, 'data'),
        ...extrasOf(field.value, audioKeys),
      };
    }
    default:
      return opaque(field.value, type);
  }
}

/** A part or item that is kept as it came, for an encoder of this protocol. */
export function opaque(value: JsonObject, what: string): OpaqueBlock {
  return { kind: 'opaque', protocol: 'responses', what, raw: value };
}

function decodeImage(field: Field): ImageBlock {
  const url = addressOf(field.value.image_url);
  const id = optionalText(field, 'file_id');
  const detail = optionalText(field, 'detail');
  if (url === undefined && id === undefined) throw missing(`${field.path}.image_url`);
  return {
    kind: 'image',
    source: url === undefined ? { kind: 'file', id: id ?? '' } : mediaSource(url),
    ...(detail !== undefined && { detail }),
    ...extrasOf(field.value, imageKeys),
  };
}

/** Some clients write the address as Chat does: `{url}`. */
function addressOf(value: unknown): string | undefined {
  const url = isObject(value) ? value.url : value;
  return typeof url === 'string' ? url : undefined;
}

function decodeFile(field: Field): DocumentBlock {
  const title = optionalText(field, 'filename');
  return {
    kind: 'document',
    source: fileSource(field, title),
    ...(title !== undefined && { title }),
    ...extrasOf(field.value, fileKeys),
  };
}

function fileSource(field: Field, name: string | undefined): MediaSource {
  const data = optionalText(field, 'file_data');
  if (data !== undefined) {
    if (data.startsWith('data:')) return mediaSource(data);
    return { kind: 'base64', mediaType: mediaTypeOf(data, name ?? ''), data };
  }
  const url = optionalText(field, 'file_url');
  if (url !== undefined) return { kind: 'url', url };
  const id = optionalText(field, 'file_id');
  if (id === undefined) throw missing(`${field.path}.file_data`);
  return { kind: 'file', id };
}

/** A `data:` address holds what it names; every other address is only named. */
function mediaSource(url: string): MediaSource {
  const head = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i.exec(url);
  if (head === null) return { kind: 'url', url };
  return { kind: 'base64', mediaType: head[1] || 'application/octet-stream', data: url.slice(head[0].length) };
}

const mediaTypes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  html: 'text/html',
  json: 'text/json',
  md: 'text/markdown',
  pdf: 'application/pdf',
  txt: 'text/plain',
  xml: 'text/xml',
};

/** The type of bare base64: by the first bytes of a PDF, else by the file's name. */
function mediaTypeOf(base64: string, name: string): string {
  if (base64.startsWith('JVBERi')) return 'application/pdf';
  return mediaTypes[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}
