import type { NativeEndpoints } from '../checkup/native-endpoint.ts';
import type { Route } from '../models/route.types.ts';
import { ConversationFailure } from '../protocols/conversation/error.ts';
import { messagesPassThrough } from '../protocols/messages/pass-through.ts';
import { responsesPassThrough } from '../protocols/responses/pass-through.ts';
import type { UpstreamClient } from '../upstreams/client.types.ts';

/** More than any answer of a check-up is. */
const limitBytes = 1024 * 1024;

const codecs = { messages: messagesPassThrough, responses: responsesPassThrough } as const;

/** A model's server, asked without the gateway between, by the upstream's own secret and network. */
export function nativeEndpoints(client: UpstreamClient, { target, upstreamModel, timeouts }: Route): NativeEndpoints {
  return {
    async ask(protocol, body, signal) {
      const { path, ownHeaders } = codecs[protocol];
      try {
        const response = await client.send(target, {
          method: 'POST',
          path,
          headers: ownHeaders,
          body: JSON.stringify({ ...body, model: upstreamModel }),
          stream: body.stream === true,
          timeouts,
          signal,
        });
        return { status: response.status, text: await response.text(limitBytes) };
      } catch (error) {
        if (signal.aborted || !(error instanceof ConversationFailure)) throw error;
        return { status: 0, text: error.error.message };
      }
    },
  };
}
