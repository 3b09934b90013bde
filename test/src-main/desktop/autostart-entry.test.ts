import { describe, expect, it } from 'vitest';
import { autostartEntry } from '../../../src-main/desktop/autostart-entry.ts';

const execOf = (...command: string[]) => /^Exec=(.*)$/m.exec(autostartEntry(command))?.[1];

describe('the entry that starts the app at login', () => {
  it('names the program and its arguments', () => {
    expect(execOf('/opt/Dragoman/dragoman', '--hidden')).toBe('/opt/Dragoman/dragoman --hidden');
  });
  it('quotes what the Desktop Entry Specification reserves', () => {
    expect(execOf('/opt/My App/x')).toBe('"/opt/My App/x"');
    expect(execOf('/a$b')).toBe(String.raw`"/a\\$b"`);
    expect(execOf('/100%')).toBe('"/100%%"');
    expect(execOf('/a"b')).toBe(String.raw`"/a\\"b"`);
  });
});
