import type { Route } from '../models/route.types.ts';
import type { ConversationError } from '../protocols/conversation/error.ts';
import { isThisMachine } from '../upstreams/this-machine.ts';
import { modelNotAllowed } from './authenticate.ts';
import type { AcceptedKey } from './parts.ts';

/** Why a route may not answer requests with this key; null where it may. Asked of every route that a request could take. */
export function mayAnswer(key: AcceptedKey, route: Route): ConversationError | null {
  if (!key.allowsModel(route.modelId, route.alias)) return modelNotAllowed;
  if (key.localOnly !== true && route.localOnly !== true) return null;
  if (route.runsElsewhere !== true && isThisMachine(route.target.rootUrl)) return null;
  const whose = route.localOnly === true ? `The alias ${route.alias ?? route.modelId}` : 'This API key';
  return {
    kind: 'permission',
    message: `${whose} is for models of this computer only (\`localOnly\`), and ${route.modelId} runs on another.`,
  };
}
