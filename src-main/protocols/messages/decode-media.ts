import type { JsonObject } from '../../../src-shared/json.ts';
import { isObject } from '../../../src-shared/json.ts';
import type {
  DocumentBlock,
  ImageBlock,
  MediaSource,
  OpaqueBlock,
  SearchResultBlock,
  ToolResultPart,
} from '../conversation/request.ts';
import { WireError } from './wire.ts';
import { extrasOf, type Field, objectAt, optionalText, text } from './wire-fields.ts';

const imageKeys = new Set(['type', 'source']);
const documentKeys = new Set(['type', 'source', 'title', 'context']);
const searchResultKeys = new Set(['type', 'source', 'title', 'content']);

/** A block that is kept as it came, for an encoder of this protocol. */
export function opaque(value: JsonObject, what: string): OpaqueBlock {
  return { kind: 'opaque', protocol: 'messages', what, raw: value };
}

/** An `image` block; a source of an unknown kind leaves it opaque. */
export function decodeImage(field: Field): ImageBlock | OpaqueBlock {
  const source = mediaSource(objectAt(field.value.source, `${field.path}.source`));
  return source === null
    ? opaque(field.value, 'image')
    : { kind: 'image', source, ...extrasOf(field.value, imageKeys) };
}

/** A `document` block. `parts` decodes the content list of a `content` source. */
export function decodeDocument(
  field: Field,
  parts: (content: unknown, path: string) => readonly ToolResultPart[],
): DocumentBlock | OpaqueBlock {
  const at = objectAt(field.value.source, `${field.path}.source`);
  const source = documentSource(at, parts);
  if (source === null) return opaque(field.value, 'document');
  const title = optionalText(field, 'title');
  const context = optionalText(field, 'context');
  return {
    kind: 'document',
    source,
    ...(title !== undefined && { title }),
    ...(context !== undefined && { context }),
    ...extrasOf(field.value, documentKeys),
  };
}

/** A `search_result` block. */
export function decodeSearchResult(field: Field): SearchResultBlock {
  const content = field.value.content;
  if (!Array.isArray(content))
    throw new WireError(
      `${field.path}.content`,
      content === undefined ? 'Field required' : 'Input should be a valid list',
    );
  const passages = content.flatMap((part) => (isObject(part) && typeof part.text === 'string' ? [part.text] : []));
  return {
    kind: 'search-result',
    title: optionalText(field, 'title') ?? '',
    source: optionalText(field, 'source') ?? '',
    text: passages.join('\n'),
    ...extrasOf(field.value, searchResultKeys),
  };
}

function documentSource(
  field: Field,
  parts: (content: unknown, path: string) => readonly ToolResultPart[],
): DocumentBlock['source'] | null {
  switch (field.value.type) {
    case 'text':
      return { kind: 'text', text: text(field, 'data') };
    case 'content':
      return { kind: 'content', blocks: parts(field.value.content, `${field.path}.content`) };
    default:
      return mediaSource(field);
  }
}

function mediaSource(field: Field): MediaSource | null {
  switch (field.value.type) {
    case 'base64':
      return { kind: 'base64', mediaType: text(field, 'media_type'), data: text(field, 'data') };
    case 'url':
      return { kind: 'url', url: text(field, 'url') };
    case 'file':
      return { kind: 'file', id: text(field, 'file_id') };
    default:
      return null;
  }
}
