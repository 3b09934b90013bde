import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requestPurpose } from '../../../src-main/protocols/request-purpose.ts';
import { isObject } from '../../../src-shared/json.ts';

const folder = join(process.env.DRAGOMAN_FIXTURES ?? '', 'agent-requests');

/** What the requests to models of one recorded session want, in order. */
function purposesOf(session: string): readonly string[] {
  const lines = readFileSync(join(folder, session, 'requests.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return lines.flatMap((line) => {
    const entry: unknown = JSON.parse(line);
    if (!isObject(entry) || entry.method !== 'POST') return [];
    const [path = ''] = String(entry.url).split('?');
    return [requestPurpose(path, isObject(entry.body) ? entry.body : {})];
  });
}

describe.skipIf(!process.env.DRAGOMAN_FIXTURES)('requests of recorded sessions', () => {
  test.each(['basic', 'anthropic_sdk', 'openai_sdk', 'interleaved', 'parallel', 'read_image'])(
    'OpenCode asks for a title first: %s',
    (session) => expect(purposesOf(`opencode/${session}`)).toEqual(['title', 'chat', 'chat']),
  );

  test.each(['compact', 'compact_openai_name'])('Codex makes room between its turns: %s', (session) => {
    const purposes = purposesOf(`codex/${session}`);
    expect(purposes[0]).toBe('chat');
    expect(purposes[1]).toBe('compact');
    expect(new Set(purposes)).toEqual(new Set(['chat', 'compact']));
  });

  test('Claude Code counts its context', () => {
    expect(new Set(purposesOf('claude/slash_context'))).toEqual(new Set(['count']));
  });

  test('all others want an answer', () => {
    const told = new Set(['opencode', 'codex/compact', 'codex/compact_openai_name', 'claude/slash_context']);
    const sessions = readdirSync(folder, { withFileTypes: true })
      .filter((agent) => agent.isDirectory() && !told.has(agent.name))
      .flatMap(({ name }) => readdirSync(join(folder, name)).map((session) => `${name}/${session}`))
      // Its last word, by which it is known, is filler in the recording.
      .filter((session) => !told.has(session) && session !== 'claude/slash_compact');
    expect(sessions.length).toBeGreaterThan(20);
    for (const session of sessions)
      expect({ session, wants: new Set(purposesOf(session)) }).toEqual({ session, wants: new Set(['chat']) });
  });
});
