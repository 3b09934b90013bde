import { expect, test } from 'vitest';
import { asksForCompaction, summaryRequest } from '../../../../src-main/protocols/responses/compaction.ts';
import { decodeResponsesRequest } from '../../../../src-main/protocols/responses/decode-request.ts';
import { testSupplies } from '../supplies.ts';

test('a summary is asked for without any tool, those that the history found included', () => {
  const decoded = decodeResponsesRequest(
    {
      model: 'm',
      tools: [{ type: 'function', name: 'read', parameters: { type: 'object', properties: {} } }],
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Look it up.' }] },
        { type: 'tool_search_call', call_id: 'c1', execution: 'client', arguments: { query: 'mail' } },
        {
          type: 'tool_search_output',
          call_id: 'c1',
          execution: 'client',
          tools: [{ type: 'function', name: 'send_mail', parameters: { type: 'object', properties: {} } }],
        },
        { type: 'compaction_trigger' },
      ],
    },
    testSupplies(),
  );
  if (!decoded.ok) throw new Error(decoded.error.message);
  expect(asksForCompaction(decoded.request)).toBe(true);
  expect(JSON.stringify(decoded.request)).toContain('"tool-change"');
  const summary = summaryRequest(decoded.request);
  expect(summary.tools).toEqual([]);
  expect(JSON.stringify(summary)).not.toMatch(/tool-change|compaction_trigger/);
});
