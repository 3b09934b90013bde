import type { PassThroughCodec } from '../conversation/pass-through.ts';
import { answerAsStream } from './answer-chunk.ts';
import { createPassThroughWatch } from './pass-through-watch.ts';

/** Chat Completions from a client to a server that speaks it too. */
export const chatPassThrough: PassThroughCodec = {
  protocol: 'chat',
  path: '/chat/completions',
  keepAlive: ': keep-alive\n\n',
  createWatch: createPassThroughWatch,
  isAnswer: ({ error, choices }) =>
    choices !== undefined || !(typeof error === 'object' ? error !== null : typeof error === 'string' && error !== ''),
  errorKeys: ['error'],
  answerAsStream,
  defaults: (defaults) => ({ members: defaults, lost: [] }),
  // Reasoning stands in the open on this wire.
  reasoningEdits: () => ({ edits: [], stripped: 0 }),
  requestHeaders: [],
  ownHeaders: {},
  responseHeaders: /^x-ratelimit-/,
};
