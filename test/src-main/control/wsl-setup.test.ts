import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBackups } from '../../../src-main/agents/backups.ts';
import { openSetupRecord } from '../../../src-main/agents/setup-record.ts';
import { realFiles } from '../../../src-main/agents/text-file.ts';
import { wslAware } from '../../../src-main/agents/wsl-files.ts';
import { createWslHomes } from '../../../src-main/agents/wsl-homes.ts';
import { createAgentKeys } from '../../../src-main/control/agent-keys.ts';
import { chooseModels } from '../../../src-main/control/agent-models.ts';
import { createAgentProcedures } from '../../../src-main/control/agents.ts';
import { createServiceParts, type ServiceParts } from '../../../src-main/control/service-parts.ts';
import { createSetupPlaces } from '../../../src-main/control/setup-places.ts';
import { fakeWsl } from '../agents/fake-wsl.ts';
import { MemoryKeychain } from './memory-keychain.ts';

const own = '{ "permissions": { "allow": [] } }\n';
const settings = `{ "detection": { "enabled": false },
  "upstreams": [{ "id": "box", "kind": "openai-compatible", "baseUrl": "http://127.0.0.1:9/v1", "models": { "coder": {} } }] }`;

let root: string;
let parts: ServiceParts;
let gatewayHost: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dragoman-wsl-'));
  for (const folder of ['home', 'user', 'Ubuntu', 'Debian']) await mkdir(join(root, folder));
  await writeFile(join(root, 'home', 'settings.json'), settings);
  gatewayHost = '127.0.0.1';
  const home = join(root, 'home');
  const environment = { PATH: '/usr/bin:/bin' };
  parts = await createServiceParts({
    home,
    defaultHome: home,
    version: '0',
    environment,
    secretStore: new MemoryKeychain(),
  });
});
afterEach(async () => {
  await parts.close();
  await rm(root, { recursive: true, force: true });
});

/** Set-ups as the service makes them, with two distributions: one that shares Windows' network, and one with its own. */
function procedures() {
  const wsl = fakeWsl(root, {
    Ubuntu: { home: join(root, 'Ubuntu'), networking: 'mirrored' },
    Debian: { home: join(root, 'Debian'), networking: 'nat' },
  });
  const surroundings = {
    platform: process.platform,
    environment: parts.environment,
    userDirectory: join(root, 'user'),
  };
  const wslHomes = createWslHomes(wsl, Date.now);
  const source = { settings: parts.settings.current, detection: parts.detection, isWatching: () => false };
  const places = createSetupPlaces({ surroundings, wslHomes, gatewayHost: () => gatewayHost });
  const agents = createAgentProcedures({
    record: openSetupRecord(parts.home),
    backups: openBackups(parts.home, () => new Date()),
    system: wslAware(realFiles, wsl),
    places,
    agentKeys: createAgentKeys(parts, Date.now),
    chooseModels: (choices, before) => chooseModels(source, choices, before),
    moveSessions: () => undefined,
    gatewayAddress: () => 'http://127.0.0.1:4747',
    loginStart: null,
    now: Date.now,
  });
  return { agents, places };
}
const claude = { agent: 'claude-code', model: 'box/coder' } as const;
const settingsOf = (distribution: string) => join(root, distribution, '.claude', 'settings.json');

describe('an agent in a distribution of WSL', () => {
  it('is set up there beside the user’s own on Windows, and undone to the same bytes', async () => {
    const { agents } = procedures();
    const file = settingsOf('Ubuntu');
    await mkdir(join(root, 'Ubuntu', '.claude'));
    await writeFile(file, own);
    await chmod(file, 0o640);
    await agents.apply(claude);
    const done = await agents.apply({ ...claude, scope: 'wsl:Ubuntu' });
    expect(done).toMatchObject({ applied: true, refused: null, warnings: [], files: [{ path: file, created: false }] });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      permissions: { allow: [] },
      env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:4747', ANTHROPIC_MODEL: 'box/coder' },
    });
    expect((await stat(file)).mode & 0o777).toBe(0o640);
    expect(await agents.undo({ agent: 'claude-code', scope: 'wsl:Ubuntu' })).toMatchObject({ applied: true, left: [] });
    expect(await readFile(file, 'utf8')).toBe(own);
    expect(await readFile(join(root, 'user', '.claude', 'settings.json'), 'utf8')).toContain('box/coder');
  });

  it('goes by its own environment there, not by that of Windows', async () => {
    await writeFile(
      join(root, 'Ubuntu', '.profile'),
      `export CLAUDE_CONFIG_DIR='${root}/Ubuntu/mine' NO_PROXY=corp.test\n`,
    );
    const { agents } = procedures();
    const { files } = await agents.apply({ ...claude, scope: 'wsl:Ubuntu' });
    expect(files).toMatchObject([{ path: join(root, 'Ubuntu/mine/settings.json'), created: true }]);
    expect(await readFile(files[0]?.path ?? '', 'utf8')).toContain('corp.test,127.0.0.1');
  });

  it('with a network of its own is refused while the gateway listens on loopback alone, with what to do', async () => {
    const { agents } = procedures();
    const { applied, refused } = await agents.apply({ ...claude, scope: 'wsl:Debian' });
    expect(applied).toBe(false);
    expect(refused?.why).toContain('networkingMode=mirrored');
    expect(refused?.why).toContain('0.0.0.0');
    expect(parts.settings.current().keys).toEqual([]);
  });

  it('with a network of its own is sent to Windows’ address there, where the gateway listens on it', async () => {
    const { agents } = procedures();
    gatewayHost = '0.0.0.0';
    const { warnings } = await agents.apply({ ...claude, scope: 'wsl:Debian' });
    expect(warnings).toEqual([expect.stringContaining('172.27.16.1')]);
    expect(await readFile(settingsOf('Debian'), 'utf8')).toContain('"http://172.27.16.1:4747"');
  });

  it('is refused where no such distribution runs, and where its key is to come from the environment', async () => {
    const { agents } = procedures();
    expect(await agents.plan({ ...claude, scope: 'wsl:Arch' })).toMatchObject({
      refused: { why: 'no distribution of WSL runs here that is called Arch: start it, then look again' },
    });
    expect(
      await agents.plan({ agent: 'codex', model: 'box/coder', scope: 'wsl:Ubuntu', keyFrom: 'environment' }),
    ).toMatchObject({ refused: { why: 'Codex finds its key in its file alone there' } });
  });

  it('is told of by the name of its distribution', async () => {
    const homes = await procedures().places.homes(false);
    expect(homes('codex')).toEqual([
      { scope: 'wsl:Ubuntu', name: 'WSL: Ubuntu', installed: false },
      { scope: 'wsl:Debian', name: 'WSL: Debian', installed: false },
    ]);
  });
});
