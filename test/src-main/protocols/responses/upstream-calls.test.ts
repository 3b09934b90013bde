import { expect, test } from 'vitest';
import { readServerCall } from '../../../../src-main/protocols/responses/upstream-calls.ts';

const shell = { type: 'shell_call', call_id: 'call_1', action: { commands: ['ls'] } };
const search = { type: 'tool_search_call', arguments: { paths: ['weather'] } };

test('a shell or a search for tools that the client runs is its call', () => {
  expect(readServerCall({ ...shell, environment: { type: 'local' } }, 2)).toMatchObject([
    { kind: 'tool-call', id: 'call_1', index: 2, name: 'shell', arguments: '{"commands":["ls"]}' },
    { kind: 'block-end' },
  ]);
  expect(readServerCall({ ...search, call_id: 'call_2', execution: 'client' }, 0)[0]).toMatchObject({
    kind: 'tool-call',
    name: 'tool_search',
  });
});

test('one that the server has run is no call of the client', () => {
  const environment = { type: 'container_reference', container_id: 'cntr_1' };
  expect(readServerCall({ ...shell, environment }, 0)).toMatchObject([{ kind: 'diagnostic', what: 'shell_call' }]);
  expect(readServerCall({ ...search, call_id: null, execution: 'server' }, 0)).toMatchObject([
    { kind: 'diagnostic', what: 'tool_search_call' },
  ]);
});
