import type { PortTaken } from '../../../src-shared/settings-contract.ts';

/** Who has a port: a sentence without its full stop. */
export function holderWords({ host, port, owner }: PortTaken): string {
  const who = owner === null ? 'another program' : `${owner.name} (process ${owner.pid})`;
  return `Port ${port} on ${host} is taken by ${who}`;
}
