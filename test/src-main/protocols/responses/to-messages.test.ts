import { expect, test } from 'vitest';
import { encodeMessagesRequest } from '../../../../src-main/protocols/messages/encode-request.ts';
import { defaultFlags } from '../../../../src-shared/compat-flags.ts';
import { testSupplies } from '../supplies.ts';
import { applyPatch, decodedWith, namespace, request, tool, user } from './translate.ts';

const sent = (body: unknown, ownTools = new Map()) =>
  encodeMessagesRequest(decodedWith(body).request, {
    ...{ flags: defaultFlags, upstream: { id: 'u', model: 'm' }, defaults: {}, supplies: testSupplies(), ownTools },
  }).body;

test('tools that a search found are named as they are offered', () => {
  const body = sent(
    request(
      [
        user('a'),
        { type: 'tool_search_call', call_id: '1', execution: 'client', arguments: { query: 'crm' } },
        { type: 'tool_search_output', call_id: '1', execution: 'client', tools: [namespace('crm', [tool('find')])] },
      ],
      { tools: [{ type: 'tool_search', execution: 'client' }] },
    ),
  );
  expect(body.tools).toMatchObject([{ name: 'tool_search' }, { name: 'crm__find' }]);
  expect(JSON.stringify(body.messages)).toContain('Loaded tools: crm__find. It is now callable.');
});

test.each([
  [[{ type: 'function', name: 'c', namespace: 'ns' }], ['ns__c']],
  [[{ type: 'namespace', name: 'ns' }], ['ns__b', 'ns__c']],
  [
    [{ type: 'web_search' }, { type: 'custom', name: 'apply_patch' }],
    ['apply_patch', 'search'],
  ],
])('allowed tools %j', (allowed, expected) => {
  const tools = [applyPatch, namespace('ns', [tool('b'), tool('c')]), { type: 'web_search' }];
  const tool_choice = { type: 'allowed_tools', mode: 'auto', tools: allowed };
  const body = sent(request('x', { tools, tool_choice }), new Map([['web-search', 'search']]));
  expect(body.tools).toMatchObject(expected.map((name) => ({ name })));
});
