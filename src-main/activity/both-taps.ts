import type { ExchangeTap } from '../gateway/tap.ts';

/** Two taps as one; the gateway guards it as a whole. */
export function bothTaps(one: ExchangeTap, other: ExchangeTap): ExchangeTap {
  return {
    start: (event) => {
      one.start(event);
      other.start(event);
    },
    routed: (event) => {
      one.routed?.(event);
      other.routed?.(event);
    },
    waiting: (event) => {
      one.waiting?.(event);
      other.waiting?.(event);
    },
    gaveUp: (event) => {
      one.gaveUp?.(event);
      other.gaveUp?.(event);
    },
    head: (exchange, round, border, make) => {
      one.head?.(exchange, round, border, make);
      other.head?.(exchange, round, border, make);
    },
    bytes: (exchange, round, border, chunk) => {
      one.bytes(exchange, round, border, chunk);
      other.bytes(exchange, round, border, chunk);
    },
    contentStarted: (exchange, firstByteMs) => {
      one.contentStarted?.(exchange, firstByteMs);
      other.contentStarted?.(exchange, firstByteMs);
    },
    end: (event) => {
      one.end(event);
      other.end(event);
    },
    refused: (event) => {
      one.refused(event);
      other.refused(event);
    },
  };
}
