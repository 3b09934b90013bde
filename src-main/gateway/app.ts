import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { type NextFunction, type Request, type Response } from 'express';
import type { Protocol } from '../../src-shared/protocol.ts';
import type { KeyScope } from '../../src-shared/settings.ts';
import { modelBody, modelsBody } from '../models/listing.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { hopHeader } from '../upstreams/client.ts';
import { refuse } from './answer-output.ts';
import { createApi } from './api.ts';
import { authenticate, modelNotAllowed } from './authenticate.ts';
import { clientShape, pathOf, requestIdHeader, sendError, sendJson } from './client-shape.ts';
import { Exchange, failureOf, guardTap } from './exchange.ts';
import { isHostAllowed, isOriginAllowed, type ListenerAddress } from './hosts.ts';
import { defaultOptions, type GatewayOptions } from './options.ts';
import type { AcceptedKey, GatewayParts } from './parts.ts';
import { ResponseStore } from './response-store.ts';
import { answerFromStore } from './stored-responses.ts';

export interface Gateway {
  /** For `listen`. */
  readonly handler: RequestListener;
}

/** The gateway's HTTP side: which requests are answered at all, by whom, and everything else refused in the client's shape. */
export function createGateway(given: GatewayParts, overrides: Partial<GatewayOptions> = {}): Gateway {
  const parts: GatewayParts = { ...given, tap: guardTap(given.tap) };
  const store = new ResponseStore(
    () => parts.settings().responses,
    () => parts.supplies.now(),
  );
  const api = createApi(parts, { ...defaultOptions, ...overrides }, store);
  const ids = new WeakMap<IncomingMessage, string>();

  const idOf = (request: IncomingMessage): string => {
    const known = ids.get(request);
    if (known !== undefined) return known;
    const id = parts.supplies.newId('req_');
    ids.set(request, id);
    return id;
  };
  const turnAway = (request: IncomingMessage, response: ServerResponse, error: ConversationError): void => {
    if (response.headersSent || response.destroyed) return;
    const id = idOf(request);
    sendError(response, clientShape(request), error, id);
    const { method = '', headers } = request;
    const userAgent = headers['user-agent'] ?? null;
    parts.tap.refused({ request: id, method, path: pathOf(request), userAgent, status: response.statusCode, error });
  };

  /** Why a request may not come in at all; null where it may. */
  function inadmissible(request: IncomingMessage): ConversationError | null {
    const { gateway } = parts.settings();
    const { localAddress, localPort } = request.socket;
    const listener: ListenerAddress = {
      address: localAddress ?? null,
      port: localPort ?? null,
      boundHost: gateway.host,
    };
    if (!isHostAllowed(request.headers.host, listener, gateway.allowedHosts)) {
      return {
        kind: 'permission',
        message: 'This Host is not answered. Add it to `gateway.allowedHosts` in the settings if it should be.',
      };
    }
    if (!isOriginAllowed(request.headers.origin, listener, gateway.allowedOrigins)) {
      return {
        kind: 'permission',
        message:
          'Requests from this Origin are not answered. Add it to `gateway.allowedOrigins` in the settings if they should be.',
      };
    }
    if (request.headers[hopHeader] === parts.hopId) {
      return {
        kind: 'invalid-request',
        message: 'This request came from Dragoman itself: an upstream points back at it (a loop).',
        shouldRetry: false,
      };
    }
    return null;
  }

  function admit(request: Request, response: Response, next: NextFunction): void {
    const error = inadmissible(request);
    const path = pathOf(request);
    const mount = parts.mounts?.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
    if (error !== null) turnAway(request, response, error);
    else if (mount === undefined) next();
    else mount.handle(request, response);
  }

  function withKey(
    scope: KeyScope | null,
    serve: (request: Request, response: Response, key: AcceptedKey) => void | Promise<void>,
  ): (request: Request, response: Response) => void | Promise<void> {
    return (request, response) => {
      const result = authenticate(request.headers, parts.keys(), scope);
      if (result.ok) return serve(request, response, result.key);
      turnAway(request, response, result.error);
    };
  }

  function endpoint(
    scope: KeyScope,
    protocol: Protocol,
    serve: (exchange: Exchange) => Promise<void>,
  ): ReturnType<typeof withKey> {
    return withKey(scope, (request, response, key) => {
      const unavailable = parts.unavailable();
      if (unavailable !== null) {
        turnAway(request, response, unavailable);
        return;
      }
      const exchange = new Exchange(idOf(request), protocol, key, response, parts.tap);
      const served = serve(exchange).then(() => {
        if (!response.writableEnded && !response.destroyed)
          throw new Error(`${pathOf(request)} was left without an end`);
      });
      served.catch((thrown: unknown) => {
        if (response.destroyed) return; // the client left; what it wanted is of no use to anyone
        refuse(exchange, failureOf(thrown));
        if (!response.writableEnded) response.destroy();
      });
    });
  }

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.disable('query parser');
  app.enable('case sensitive routing');
  app.use(admit);
  app.get('/health', (_request, response) => void sendJson(response, 200, {}, { status: 'ok' }));
  app.head('/', (_request, response) => void response.end());
  app.get('/api/hello', (_request, response) => void response.end());
  app.post('/v1/messages', endpoint('chat', 'messages', api.conversation));
  app.post('/v1/messages/count_tokens', endpoint('chat', 'messages', api.countTokens));
  app.post('/v1/chat/completions', endpoint('chat', 'chat', api.conversation));
  app.post('/v1/embeddings', endpoint('embeddings', 'chat', api.embeddings));
  app.post('/v1/responses', endpoint('chat', 'responses', api.conversation));
  app.post('/v1/responses/compact', endpoint('chat', 'responses', api.compact));
  app.post('/v1/responses/input_tokens', endpoint('chat', 'responses', api.countTokens));
  app.get(/^\/v1\/responses\/[^/]+(?:\/input_items)?$/, withKey('chat', storedResponse));
  app.delete(/^\/v1\/responses\/[^/]+$/, withKey('chat', storedResponse));
  app.post(/^\/v1\/responses\/[^/]+\/cancel$/, withKey('chat', storedResponse));
  app.get('/v1/models', withKey(null, listModels));
  app.get(/^\/v1\/models\/(.+)$/, withKey(null, showModel));
  app.use((request: Request, response: Response) =>
    turnAway(request, response, { kind: 'not-found', message: 'There is no such endpoint here.' }),
  );
  app.use((problem: unknown, request: Request, response: Response, _next: NextFunction) => {
    const malformed = problem instanceof URIError;
    turnAway(
      request,
      response,
      malformed ? { kind: 'invalid-request', message: 'The path is not valid percent-encoding.' } : failureOf(problem),
    );
  });

  function listed(key: AcceptedKey): ReturnType<ReturnType<GatewayParts['models']>['list']> {
    return parts
      .models()
      .list()
      .filter(({ modelId, id }) => key.allowsModel(modelId, id));
  }

  function listModels(request: Request, response: Response, key: AcceptedKey): void {
    sendJson(
      response,
      200,
      { [requestIdHeader(clientShape(request))]: idOf(request) },
      modelsBody(listed(key), { claude: isClaude(request) }),
    );
  }

  async function showModel(request: Request, response: Response, key: AcceptedKey): Promise<void> {
    const id = decodeURIComponent(pathOf(request).replace(/^\/v1\/models\//, ''));
    const found = await parts.models().describe(id);
    if (!found.ok) turnAway(request, response, found.error);
    else if (!key.allowsModel(found.model.modelId, found.model.id)) turnAway(request, response, modelNotAllowed);
    else {
      const headers = { [requestIdHeader(clientShape(request))]: idOf(request) };
      sendJson(response, 200, headers, modelBody(found.model, id));
    }
  }

  function storedResponse(request: Request, response: Response, key: AcceptedKey): void {
    const answer = answerFromStore(store, key.id, request);
    if (!answer.ok) turnAway(request, response, answer.error);
    else sendJson(response, 200, { [requestIdHeader('responses')]: idOf(request) }, answer.body);
  }

  return {
    handler: (request, response) => {
      if (request.url?.startsWith('/v1/v1/') === true) request.url = request.url.slice('/v1'.length);
      app(request, response);
    },
  };
}

/** Claude Code keeps only model ids that contain "claude" (2.1.329), so it is listed each model under a second name. */
function isClaude(request: IncomingMessage): boolean {
  return (
    request.headers['anthropic-version'] !== undefined ||
    /^claude-(code|cli)\//i.test(request.headers['user-agent'] ?? '')
  );
}
