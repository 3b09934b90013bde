import { describe, expect, it } from 'vitest';
import { readStart } from '../../../src-main/desktop/arguments.ts';

describe('what the executable was started for', () => {
  it('without a command it is the app', () => {
    expect(readStart(['/opt/dragoman'], false)).toEqual({ kind: 'desktop', options: { hidden: false, json: false } });
    expect(readStart(['/opt/dragoman', 'desktop', '--hidden'], false)).toMatchObject({ options: { hidden: true } });
  });
  it('its first word is a command, with everything behind it', () => {
    expect(readStart(['/opt/dragoman', 'models', '--refresh'], false)).toEqual({
      kind: 'command',
      args: ['models', '--refresh'],
    });
  });
  it('what stands before the command goes along, but for switches of Chromium', () => {
    expect(readStart(['/opt/dragoman', '--no-sandbox', '--home', '/h', '--json', 'key', 'list'], false)).toEqual({
      kind: 'command',
      args: ['--home', '/h', '--json', 'key', 'list'],
    });
  });
  it('a bare Electron is given the app first', () => {
    expect(readStart(['electron', '--inspect=0', '-r', '/x.cjs', '.', '--home=/h'], true)).toEqual({
      kind: 'desktop',
      options: { hidden: false, json: false, home: '/h' },
    });
    expect(readStart(['electron', '.', 'models'], true)).toEqual({ kind: 'command', args: ['models'] });
  });
  it('values of options are no commands, and a port that is none is left out', () => {
    expect(readStart(['d', '--key', 'k', '--port', '0', '--host', '::1'], false)).toMatchObject({
      kind: 'desktop',
      options: { key: 'k', port: 0, host: '::1' },
    });
    expect(readStart(['d', '--port', '70000'], false)).toEqual({
      kind: 'desktop',
      options: { hidden: false, json: false },
    });
  });
  it('tells its version and its usage', () => {
    expect(readStart(['d', '--version'], false)).toEqual({ kind: 'command', args: ['--version'] });
    expect(readStart(['d', '--help'], false)).toEqual({ kind: 'command', args: ['--help'] });
  });
});
