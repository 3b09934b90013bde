import { Agent, request as send } from 'undici';
import type { CheckExchange } from '../../src-shared/checkup.ts';
import { isObject, type JsonObject, type JsonValue } from '../../src-shared/json.ts';
import { createSseReader } from '../protocols/sse.ts';
import type { Answer } from './answer.ts';
import { AnswerCollector } from './collect-answer.ts';

/** The gateway as an agent sees it. */
export interface GatewayClient {
  /** Asks `POST /v1/messages`, streaming. `record` is given the exchange when it is over. */
  ask(body: JsonObject, signal: AbortSignal, record: (exchange: CheckExchange) => void): Promise<Answer>;
  /** Tokens of a prompt, as `POST /v1/messages/count_tokens` has it; null where it does not tell. */
  count(body: JsonObject, signal: AbortSignal): Promise<number | null>;
  close(): Promise<void>;
}

/** What a text may be long in what is shown, characters. */
const shownText = 600;
const shownExchange = 16_000;
/** Longest body that is read where no stream came, bytes. */
const bodyLimit = 1024 * 1024;

export const checkupUserAgent = 'dragoman-check-up';

/** @param url the gateway's base URL; `key` a local key. */
export function connectGateway(url: string, key: string): GatewayClient {
  // A model may take minutes to load and to read a long prompt; the gateway keeps such a stream alive, and the caller's signal limits it.
  const dispatcher = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

  const post = (path: string, body: JsonObject, signal: AbortSignal) =>
    send(`${url}${path}`, {
      method: 'POST',
      dispatcher,
      signal,
      headers: {
        'content-type': 'application/json',
        'anthropic-version': '2023-06-01',
        'user-agent': checkupUserAgent,
        'x-api-key': key,
      },
      body: JSON.stringify(body),
    });

  return {
    async ask(body, signal, record) {
      const collector = new AnswerCollector();
      const sentAt = performance.now();
      const request: JsonObject = { ...body, stream: true };
      try {
        const response = await post('/v1/messages', request, signal);
        if (response.statusCode === 200) {
          const reader = createSseReader();
          const read = (items: ReturnType<typeof reader.push>): void => {
            for (const item of items) {
              if (item.kind === 'event') collector.event(parsed(item.event.data), performance.now() - sentAt);
              else if (item.kind === 'error') collector.failed(200, item.error.message);
            }
          };
          for await (const chunk of response.body) read(reader.push(chunk));
          read(reader.end());
        } else {
          collector.failed(response.statusCode, errorMessage(await limited(response.body)));
        }
      } catch (error) {
        if (signal.aborted) throw error;
        collector.failed(0, `The gateway broke off: ${error instanceof Error ? error.message : String(error)}`);
      }
      const answer = collector.answer();
      record({ request: shown(request), answer: shown(described(answer)) });
      return answer;
    },
    async count(body, signal) {
      const response = await post('/v1/messages/count_tokens', body, signal);
      const answer = parsed(await limited(response.body));
      return isObject(answer) && typeof answer.input_tokens === 'number' ? answer.input_tokens : null;
    },
    close: () => dispatcher.destroy(),
  };
}

async function limited(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes <= bodyLimit) pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told as an event or an error without sense
  }
}

function errorMessage(text: string): string {
  const body = parsed(text);
  const error = isObject(body) ? body.error : undefined;
  return isObject(error) && typeof error.message === 'string' ? error.message : text.slice(0, shownText);
}

function described({ content, stopReason, usage, error }: Answer): JsonObject {
  if (error !== null) return { status: error.status, error: error.message, content: [...content] };
  return { content: [...content], stop_reason: stopReason, usage: usage === null ? null : { ...usage } };
}

/** JSON for people: long texts and long wholes are cut. */
export function shown(value: JsonValue): string {
  const shorten = (_: string, member: unknown): unknown =>
    typeof member === 'string' && member.length > shownText
      ? `${member.slice(0, shownText)}… (${member.length} characters)`
      : member;
  const text = JSON.stringify(value, shorten, 2);
  return text.length > shownExchange ? `${text.slice(0, shownExchange)}…` : text;
}
