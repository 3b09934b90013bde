import { describe, expect, it } from 'vitest';
import type { ControlClient } from '../../../src-main/control/client.ts';
import { localControl } from '../../../src-main/control/client.ts';
import { createServiceParts } from '../../../src-main/control/service-parts.ts';
import { chooseAgentModel } from '../../../src-main/desktop/choose-model.ts';
import { freshFolder } from '../agents/places.ts';

describe('another model for an agent, from the tray', () => {
  it('is not written over what someone else has changed since the menu was opened', async () => {
    const home = await freshFolder();
    const parts = await createServiceParts({ home, defaultHome: home, version: '0', environment: {} });
    const control = localControl(parts);
    const applied: unknown[] = [];
    const drifted = [{ id: 'codex', label: 'Codex', slots: { default: 'a/b' }, kept: null, drifted: true }] as const;
    const agents: Pick<ControlClient['agents'], 'inUse' | 'apply'> = {
      inUse: async () => drifted.map((one) => ({ ...one })),
      apply: async (choices) => {
        applied.push(choices);
        return control.agents.apply(choices);
      },
    };
    await expect(
      chooseAgentModel('codex', 'a/c', { agents: { ...control.agents, ...agents }, models: control.models }),
    ).rejects.toThrow('Nothing was changed: someone else has changed Codex’s settings. Review them under Agents.');
    expect(applied).toEqual([]);
    await parts.close();
  });
});
