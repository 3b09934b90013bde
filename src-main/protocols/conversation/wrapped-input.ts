import { isObject } from '../../../src-shared/json.ts';
import { sanitiseText } from './sanitise-text.ts';

/** `shown`: the value of `input`, as it comes. `held`: another form, told only by the whole. `raw`: no JSON at all. */
type Place = 'start' | 'key' | 'in-key' | 'colon' | 'value' | 'shown' | 'after' | 'held' | 'raw';

/**
 * The free text of a custom tool's call that a model had to write as the arguments of a function, `{"input":"…"}`: taken out of the JSON
 * piece by piece, so that it streams. What is not in that form is shown only when it is whole: the one string of an object, whatever its
 * key; a JSON string; else the arguments as they came.
 */
export class WrappedInput {
  #place: Place = 'start';
  #key = '';
  /** An escape, or the first half of a surrogate pair, that is not complete. */
  #pending = '';
  #arguments = '';
  #text = '';

  /** The free text so far. */
  get text(): string {
    return this.#text;
  }

  /** Takes the next piece of the arguments; returns what can be shown of the free text: never half of a surrogate pair. */
  feed(piece: string): string {
    this.#arguments += piece;
    let at = 0;
    while (at < piece.length && this.#place !== 'shown' && this.#place !== 'raw') this.#step(piece.charAt(at++));
    if (this.#place === 'raw') return this.#show(this.#arguments.slice(this.#text.length));
    return this.#place === 'shown' ? this.#show(this.#unescape(this.#pending + piece.slice(at))) : '';
  }

  /** The arguments are whole: returns what of the free text has not been shown. */
  end(): string {
    const { state, text } = { state: this.#place, text: this.#arguments };
    this.#place = 'after';
    switch (state) {
      case 'shown':
        return this.#show(this.#pending.startsWith('\\') ? '' : sanitiseText(this.#pending));
      case 'after':
      case 'raw':
        return '';
      default:
        return this.#show(wholeInput(text));
    }
  }

  #show(text: string): string {
    this.#text += text;
    return text;
  }

  #step(character: string): void {
    const isSpace = ' \n\r\t'.includes(character);
    switch (this.#place) {
      case 'start':
        if (!isSpace) this.#place = character === '{' ? 'key' : character === '"' ? 'held' : 'raw';
        return;
      case 'key':
        if (!isSpace) this.#place = character === '"' ? 'in-key' : 'held';
        return;
      case 'in-key':
        if (character === '"') this.#place = this.#key === 'input' ? 'colon' : 'held';
        else this.#key += character;
        return;
      case 'colon':
        if (!isSpace) this.#place = character === ':' ? 'value' : 'held';
        return;
      case 'value':
        if (!isSpace) this.#place = character === '"' ? 'shown' : 'held';
        return;
      default:
        return;
    }
  }

  /** Reads the inside of a JSON string up to its closing quote; keeps back what is not complete. Raw line breaks are taken as they are. */
  #unescape(text: string): string {
    let out = '';
    let at = 0;
    this.#pending = '';
    while (at < text.length) {
      const character = text.charAt(at);
      if (character === '"') {
        this.#place = 'after';
        return sanitiseText(out);
      }
      if (character !== '\\') {
        out += character;
        at++;
        continue;
      }
      const length = text.charAt(at + 1) === 'u' ? 6 : 2;
      if (at + length > text.length) break;
      out += unescaped(text.slice(at, at + length));
      at += length;
    }
    this.#pending = text.slice(at);
    const last = out.charCodeAt(out.length - 1);
    if (last < 0xd800 || last > 0xdbff) return sanitiseText(out);
    this.#pending = out.slice(-1) + this.#pending;
    return sanitiseText(out.slice(0, -1));
  }
}

/** An escape that JSON does not know stands for itself. */
function unescaped(sequence: string): string {
  try {
    return String(JSON.parse(`"${sequence}"`));
  } catch {
    return sequence;
  }
}

function wholeInput(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof value === 'string') return value;
  if (!isObject(value)) return text;
  const input = value.input ?? (Object.keys(value).length === 1 ? Object.values(value)[0] : undefined);
  if (typeof input === 'string') return input;
  return Object.keys(value).length === 0 ? '' : text;
}
