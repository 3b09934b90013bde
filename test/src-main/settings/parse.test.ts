import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../src-main/settings/parse.ts';
import { describeProblem } from '../../../src-main/settings/problem.ts';

function problemsOf(text: string): readonly string[] {
  const parsed = parseSettings(text);
  return parsed.ok ? [] : parsed.problems.map(describeProblem);
}
const upstream = { id: 'box', kind: 'ollama', baseUrl: 'http://box:11434' };

describe('reading the settings', () => {
  it('takes an empty object and fills in every default', () => {
    const parsed = parseSettings('{}');
    expect(parsed).toMatchObject({
      ok: true,
      settings: {
        gateway: { host: '127.0.0.1', port: 4747, holdStatusSeconds: 10 },
        detection: { enabled: true },
        keys: [],
      },
    });
  });

  it.each([
    ['{"gateway":{"port":-1}}', 'must be 0 or more'],
    ['{"gateway":{"port":70000}}', 'must be 65535 or less'],
    ['{"gateway":{"port":1.5}}', 'must be a whole number'],
    ['{"gateway":{"host":""}}', 'must not be empty'],
    ['{"desktop":{"theme":"pink"}}', 'must be "system" or "light" or "dark"'],
  ])('says of %s what the value has to be', (text, what) => expect(problemsOf(text)[0]).toContain(what));

  it('takes comments, trailing commas and a byte order mark', () => {
    expect(problemsOf('\uFEFF{ // why\n "gateway": { "port": 5000, /* free */ },\n}')).toEqual([]);
  });

  it('takes an alias of an upstream that is not configured, since it may be detected', () => {
    expect(problemsOf('{"models":[{"id":"coder","upstream":"ollama","model":"qwen3:4b"}]}')).toEqual([]);
  });

  it.each([
    ['', 'line 1, column 1: the file is empty; write at least {}'],
    ['{\n  "gateway": {\n', 'line 3, column 1: a closing brace is expected here'],
    ['{"a" 1}', 'line 1, column 6: a colon is expected here'],
    ['[]', 'line 1, column 1: expected object, received array'],
    ['['.repeat(100_000), 'line 1, column 1: is nested too deeply'],
  ])('says where and why %j is broken', (text, problem) => expect(problemsOf(text)[0]).toBe(problem));

  it('counts lines the same in a file with Windows line ends', () => {
    expect(problemsOf('{\r\n  "gateway": { "port": "x" }\r\n}')).toEqual([
      'line 2, column 24: gateway.port: expected number, received string',
    ]);
  });

  it.each([
    ['{"tools":{}}', 'tools'],
    ['{"activity":{"keepDays":90}}', 'keepDays'],
  ])('tells a key of a later version: %s', (text, key) => {
    expect(problemsOf(text)).toEqual([
      expect.stringContaining(`\`${key}\` is a key of a later version of Dragoman; this one does not know it`),
    ]);
  });

  it.each(['owner', 'requestsPerMinute'])('tells keys[].%s as a key of a later version', (key) => {
    expect(problemsOf(JSON.stringify({ keys: [{ [key]: null }] }))).toContainEqual(
      expect.stringContaining(`\`${key}\` is a key of a later version`),
    );
  });

  it.each([
    [{ proxy: 'socks5://p:1' }, 'upstreams[0].proxy'],
    [{ proxy: 'http://me:pass@p:1' }, 'without user name and password'],
    [{ proxy: 'http://p:99999' }, 'upstreams[0].proxy'],
    [{ tls: { caFile: 'ca.pem' } }, 'upstreams[0].tls.caFile'],
    [{ tls: { insecure: 'yes' } }, 'upstreams[0].tls.insecure'],
  ])('refuses a network setting that can not work: %j', (more, place) => {
    expect(problemsOf(JSON.stringify({ upstreams: [{ ...upstream, ...more }] }))).toEqual([
      expect.stringContaining(place),
    ]);
  });

  it('takes a secret from a file by its whole path only', () => {
    const from = (path: string) =>
      problemsOf(JSON.stringify({ upstreams: [{ ...upstream, secret: { from: 'file', path } }] }));
    expect(from('/run/secrets/box')).toEqual([]);
    expect(from('secrets/box')[0]).toContain('upstreams[0].secret.path: must be an absolute path');
  });

  it('suggests the key that was meant', () => {
    expect(problemsOf('{"gatway":{}}')[0]).toContain('`gatway` is not a key of the settings; did you mean `gateway`?');
    expect(problemsOf(JSON.stringify({ upstreams: [{ ...upstream, timeouts: { idelMs: 1 } }] }))[0]).toContain(
      'did you mean `idleMs`?',
    );
    expect(problemsOf('{"xyzzy":1}')[0]).toBe('line 1, column 2: xyzzy: `xyzzy` is not a key of the settings');
  });

  it('refuses a key that stands twice, and ids that stand twice', () => {
    expect(problemsOf('{"slots":{},\n"slots":{}}')).toEqual(['line 2, column 1: slots: stands twice']);
    expect(problemsOf(JSON.stringify({ upstreams: [upstream, upstream] }))[0]).toContain(
      'upstreams[1].id: `box` stands twice',
    );
  });

  it('refuses a secret in headers, query or URL', () => {
    expect(problemsOf(JSON.stringify({ upstreams: [{ ...upstream, headers: { Authorization: 'x' } }] }))[0]).toContain(
      'put it into `secret` instead',
    );
    expect(problemsOf(JSON.stringify({ upstreams: [{ ...upstream, query: { key: 'x' } }] }))[0]).toContain(
      'put it into `secret` instead',
    );
    expect(problemsOf(JSON.stringify({ upstreams: [{ ...upstream, baseUrl: 'http://a:b@box' }] }))[0]).toContain(
      'use `secret`',
    );
  });

  it('names what is required where it is missing', () => {
    expect(problemsOf('{"upstreams":[{"id":"a"}]}')).toEqual([
      'line 1, column 15: upstreams[0].kind: is required',
      'line 1, column 15: upstreams[0].baseUrl: is required',
    ]);
  });

  it('lists every problem in the order of the file', () => {
    expect(
      problemsOf('{\n"gateway":{"port":-1},\n"bogus":1,\n"detection":{"intervalSeconds":0}}').map((line) =>
        line.slice(0, 6),
      ),
    ).toEqual(['line 2', 'line 3', 'line 4']);
  });
});
