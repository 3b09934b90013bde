import type { AgentConflict } from '../../src-shared/agents.ts';
import type { CodingAgent, Surroundings } from './coding-agent.ts';
import { withLoopback } from './no-proxy.ts';

/** What is in the way of an agent that is set up, as far as environment and gateway tell. */
export function conflictsOf(
  agent: CodingAgent,
  { environment }: Surroundings,
  { baseUrl, gateway }: { readonly baseUrl: string | null; readonly gateway: string | null },
): readonly AgentConflict[] {
  return [...proxyConflicts(agent, environment), ...gatewayConflicts(agent, baseUrl, gateway)];
}

function proxyConflicts(agent: CodingAgent, environment: Surroundings['environment']): readonly AgentConflict[] {
  const proxy = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'].find(
    (name) => environment[name],
  );
  const without = environment.no_proxy ?? environment.NO_PROXY;
  if (proxy === undefined || agent.proxyInFile || withLoopback(without) === (without ?? '')) return [];
  return [
    {
      kind: 'environment',
      what: `${proxy} in the environment`,
      effect: `${agent.label} sends its requests for this computer, prompts included, to the proxy.`,
      remedy: `Set NO_PROXY=${withLoopback(without)} in your shell’s start file.`,
    },
  ];
}

function gatewayConflicts(
  { label }: CodingAgent,
  baseUrl: string | null,
  gateway: string | null,
): readonly AgentConflict[] {
  if (baseUrl === null || gateway === null || baseUrl === gateway || baseUrl === `${gateway}/v1`) return [];
  return [
    {
      kind: 'gateway',
      what: `${label} calls ${baseUrl}`,
      effect: `The gateway answers at ${gateway}, so its requests do not get there.`,
      remedy: 'Set it up again, or give the gateway its old port.',
    },
  ];
}
