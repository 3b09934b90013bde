import { describe, expect, test } from 'vitest';
import {
  automaticProtocol,
  protocolChoices,
  protocolName,
} from '../../../../src-renderer/screens/models/server-protocols.ts';
import { protocols } from '../../../../src-shared/protocol.ts';
import { serverKinds } from '../../../../src-shared/server-kinds.ts';

describe('the protocols of a kind of server', () => {
  test.each(serverKinds)(
    'are those that the gateway speaks to it by itself, or all: $id',
    ({ id, protocols: spoken }) => {
      const choices = protocolChoices(id);
      expect(choices[0]).toBe('auto');
      expect(new Set(choices.slice(1))).toEqual(
        new Set(spoken === undefined ? protocols : spoken.length > 1 ? spoken : []),
      );
      expect(automaticProtocol(id).endsWith(protocolName(spoken?.[0] ?? 'chat'))).toBe(true);
    },
  );

  test('are told in words where the agent’s own is preferred', () => {
    expect(automaticProtocol('openai')).toBe(
      'the agent’s own where it is Responses or Chat Completions, else Responses',
    );
    expect(automaticProtocol('ollama')).toBe('Chat Completions');
  });
});
