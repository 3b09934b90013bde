import { isObject } from '../../../src-shared/json.ts';
import type { Overflow } from './context-overflow.ts';

/** What an error body of a server says, whatever its shape. */
export interface ErrorFields {
  /** The server's words, as they came; "" where it gave none. */
  readonly text: string;
  readonly type?: string;
  /** A code in words; a numeric code stands in `status`. */
  readonly code?: string;
  readonly param?: string;
  /** The HTTP status that the body itself names (`"code": 429`). */
  readonly status?: number;
  /** Numbers given beside the text (llama.cpp). */
  readonly overflow: Overflow;
  /** Seconds until a model that is being loaded is there (Hugging Face). */
  readonly estimatedSeconds?: number;
}

const deepest = 5;

/**
 * Reads an error out of a parsed body or out of its `error` member. Known shapes: OpenAI's; Anthropic's; Groq's `x_groq.error`; `{"detail"}` (FastAPI, a string or a list
 * of `{loc,msg}`); `{"error":"text","code"}` (xAI, Ollama's own API); `{"object":"error","message"}` (older vLLM); `{"message"}`; a list of
 * one error (Gemini); JSON inside a message (Ollama) and inside `metadata.raw` (OpenRouter).
 */
export function readErrorFields(value: unknown, depth = 0): ErrorFields {
  if (typeof value === 'string') return fromString(value, depth);
  if (Array.isArray(value)) return fromList(value, depth);
  if (!isObject(value) || depth > deepest) return { text: '', overflow: {} };
  const own = ownFields(value);
  const inner = innerOf(value, depth);
  return inner === null ? own : { ...own, ...inner, overflow: { ...own.overflow, ...inner.overflow } };
}

function fromString(text: string, depth: number): ErrorFields {
  const nested = depth <= deepest ? parsed(text) : null;
  if (nested === null) return { text, overflow: {} };
  const fields = readErrorFields(nested, depth + 1);
  return fields.text === '' && !/^[\s{}[\]]*$/.test(text) ? { ...fields, text } : fields;
}

/** FastAPI's list of what is wrong where, or a list that holds one error. */
function fromList(list: readonly unknown[], depth: number): ErrorFields {
  const lines = list.flatMap((item) => {
    if (!isObject(item) || typeof item.msg !== 'string') return [];
    const where = Array.isArray(item.loc) ? item.loc.filter((step) => step !== 'body').join('.') : '';
    return [where === '' ? item.msg : `${where}: ${item.msg}`];
  });
  if (lines.length > 0) return { text: lines.join('; '), overflow: {} };
  return depth > deepest || list.length === 0 ? { text: '', overflow: {} } : readErrorFields(list[0], depth + 1);
}

/** The error that stands inside this one, if any: it says more than its wrapping. */
function innerOf(value: Record<string, unknown>, depth: number): ErrorFields | null {
  const raw = isObject(value.metadata) ? value.metadata.raw : undefined;
  const groq = isObject(value.x_groq) ? value.x_groq.error : undefined;
  for (const member of [value.error, value.detail, value.errors, groq, raw, value.message]) {
    if (member === undefined || member === null || member === '') continue;
    const fields = readErrorFields(member, depth + 1);
    if (fields.text !== '' && (fields.text !== member || member !== value.message)) return fields;
  }
  return null;
}

function ownFields(value: Record<string, unknown>): ErrorFields {
  const text =
    [value.message, value.msg, value.error_msg, value.error_description, value.reason, value.title].find(isText) ?? '';
  const code = isText(value.code) && !/^\d+$/.test(value.code) ? value.code : undefined;
  const status = [value.code, value.status, value.status_code].map(toStatus).find((found) => found !== null);
  const type = isText(value.type) && value.type !== 'error' ? value.type : undefined;
  return {
    text,
    ...(type !== undefined ? { type } : {}),
    ...(code !== undefined ? { code } : {}),
    ...(isText(value.param) ? { param: value.param } : {}),
    ...(status != null ? { status } : {}),
    ...(typeof value.estimated_time === 'number' && value.estimated_time >= 0
      ? { estimatedSeconds: value.estimated_time }
      : {}),
    overflow: {
      ...(isCount(value.n_prompt_tokens) ? { promptTokens: value.n_prompt_tokens } : {}),
      ...(isCount(value.n_ctx) ? { contextWindow: value.n_ctx } : {}),
    },
  };
}

function parsed(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON after all: the text stands for itself.
    return null;
  }
}

function toStatus(value: unknown): number | null {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : null;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
