import { describe, expect, test } from 'vitest';
import { createOtherSide, type MachineFacts } from '../../../src-main/upstreams/other-side.ts';
import { ollamaPlace } from '../../../src-main/upstreams/places.ts';

// As Ollama's own table of cases for its variable has them (envconfig/config_test.go), what is everywhere being here.
describe('OLLAMA_HOST', () => {
  test.each([
    ['1.2.3.4', 'http://1.2.3.4:11434'],
    ['1.2.3.4:1234', 'http://1.2.3.4:1234'],
    [':1234', 'http://127.0.0.1:1234'],
    ['0.0.0.0', 'http://127.0.0.1:11434'],
    ['[::1]:1337', 'http://127.0.0.1:1337'],
    ['[::]', 'http://127.0.0.1:11434'],
    ['http://box.lan', 'http://box.lan:80'],
    ['https://box.lan', 'https://box.lan:443'],
    ['https://box.lan:8443/ollama/', 'https://box.lan:8443/ollama'],
    ['http://box.lan:80', 'http://box.lan:80'],
    ['box.lan:80', 'http://box.lan:80'],
    ['"localhost:5555"', 'http://127.0.0.1:5555'],
    [' box ', 'http://box:11434'],
  ])('%s means %s', (said, rootUrl) => {
    expect(ollamaPlace(said)?.rootUrls[0]).toBe(rootUrl);
  });

  test.each([undefined, '', '  ', 'http://', 'box:port'])('%j means nothing', (said) => {
    expect(ollamaPlace(said)?.rootUrls[0] ?? null).toBe(said === 'http://' ? 'http://127.0.0.1:80' : null);
  });
});

describe('the machine around this one', () => {
  const wslRoute = 'Iface\tDestination\tGateway \tFlags\neth0\t00000000\t0150A8C0\t0003\n'.replace(
    '0150A8C0',
    '01801DAC',
  );
  const otherSide = (files: Record<string, string>, more: Partial<MachineFacts> = {}) =>
    createOtherSide(
      {
        platform: 'linux',
        environment: {},
        read: (file) => Promise.resolve(files[file] ?? null),
        exists: (file) => Promise.resolve(files[file] !== undefined),
        resolves: () => Promise.resolve(true),
        ...more,
      },
      () => 0,
    )();
  const wsl = { '/proc/sys/kernel/osrelease': '5.15.167.4-microsoft-standard-WSL2\n', '/proc/net/route': wslRoute };

  test('is the default gateway in WSL', async () => {
    expect(await otherSide(wsl)).toBe('172.29.128.1');
    const named = { environment: { WSL_DISTRO_NAME: 'Ubuntu' } };
    expect(await otherSide({ '/proc/net/route': wslRoute }, named)).toBe('172.29.128.1');
  });

  test('is nobody’s router where WSL shares the network of Windows', async () => {
    expect(await otherSide({ ...wsl, '/proc/net/route': wslRoute.replace('01801DAC', '0101A8C0') })).toBeNull();
  });

  test('has its name in containers of Docker and Podman, where the name service knows it', async () => {
    expect(await otherSide({ '/.dockerenv': '' })).toBe('host.docker.internal');
    expect(await otherSide({ '/run/.containerenv': '' })).toBe('host.containers.internal');
    expect(await otherSide({ '/.dockerenv': '' }, { resolves: () => Promise.resolve(false) })).toBeNull();
  });

  test('is not looked for anywhere else', async () => {
    const plain = { '/proc/sys/kernel/osrelease': '6.12.0-amd64', '/proc/net/route': wslRoute };
    expect(await otherSide(plain)).toBeNull();
    expect(await otherSide(wsl, { platform: 'win32' })).toBeNull();
  });

  test('is found out once a minute at most', async () => {
    let time = 0;
    let asked = 0;
    const facts: MachineFacts = {
      platform: 'linux',
      environment: {},
      read: () => Promise.resolve(null),
      exists: (file) => {
        if (file === '/.dockerenv') asked += 1;
        return Promise.resolve(false);
      },
      resolves: () => Promise.resolve(false),
    };
    const find = createOtherSide(facts, () => time);
    await find();
    await find();
    expect(asked).toBe(1);
    time = 60_001;
    await find();
    expect(asked).toBe(2);
  });
});
