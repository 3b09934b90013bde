import { describe, expect, it } from 'vitest';
import { homeDirectory } from '../../../src-main/settings/home.ts';

const linux = { platform: 'linux', environment: {}, userDirectory: '/home/me' } as const;

describe.skipIf(process.platform === 'win32')('the home', () => {
  it('is below ~/.config on Linux', () => expect(homeDirectory(undefined, linux)).toBe('/home/me/.config/Dragoman'));
  it('is below XDG_CONFIG_HOME where that is absolute', () => {
    expect(homeDirectory(undefined, { ...linux, environment: { XDG_CONFIG_HOME: '/cfg' } })).toBe('/cfg/Dragoman');
    expect(homeDirectory(undefined, { ...linux, environment: { XDG_CONFIG_HOME: 'cfg' } })).toBe(
      '/home/me/.config/Dragoman',
    );
  });
  it('is in Application Support on macOS', () => {
    expect(homeDirectory(undefined, { ...linux, platform: 'darwin' })).toBe(
      '/home/me/Library/Application Support/Dragoman',
    );
  });
  it('is below APPDATA on Windows', () => {
    const windows = { platform: 'win32', environment: { APPDATA: '/roaming' }, userDirectory: '/me' } as const;
    expect(homeDirectory(undefined, windows)).toBe('/roaming/Dragoman');
    expect(homeDirectory(undefined, { ...windows, environment: {} })).toBe('/me/AppData/Roaming/Dragoman');
  });
  it('is what DRAGOMAN_HOME says, and --home beats that; both become absolute', () => {
    const surroundings = { ...linux, environment: { DRAGOMAN_HOME: '/elsewhere' } };
    expect(homeDirectory(undefined, surroundings)).toBe('/elsewhere');
    expect(homeDirectory('/flag', surroundings)).toBe('/flag');
    expect(homeDirectory('here', surroundings)).toBe(`${process.cwd()}/here`);
  });
});
