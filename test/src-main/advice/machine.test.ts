import { describe, expect, it } from 'vitest';
import { type MachineSource, readMachine } from '../../../src-main/advice/machine.ts';

const gib = 1024 ** 3;
const bare: MachineSource = {
  platform: 'linux',
  arch: 'x64',
  total: 64 * gib,
  limit: 0,
  run: async () => null,
  list: async () => [],
  read: async () => null,
};

describe('the memory of this machine', () => {
  it('is what a container leaves, where one does', async () => {
    expect(await readMachine({ ...bare, limit: 8 * gib })).toEqual({ memory: 8 * gib, gpus: [], unified: false });
    expect((await readMachine({ ...bare, limit: 2 ** 60 })).memory).toBe(64 * gib);
  });

  it('of NVIDIA’s GPUs is read from nvidia-smi, and none where it shares the main one', async () => {
    const output = 'NVIDIA GeForce RTX 4090, 24564\nNVIDIA RTX A4000, Laptop GPU, 8188\r\nNVIDIA GB10, [N/A]\n';
    const { gpus } = await readMachine({ ...bare, run: async (program) => (program === 'nvidia-smi' ? output : null) });
    expect(gpus).toEqual([
      { name: 'NVIDIA GeForce RTX 4090', memory: 24_564 * 1024 ** 2 },
      { name: 'NVIDIA RTX A4000, Laptop GPU', memory: 8188 * 1024 ** 2 },
    ]);
  });

  it('of AMD’s GPUs is read from the kernel; what is built into a processor has next to none', async () => {
    const files: Record<string, string> = {
      '/sys/class/drm/card0/device/mem_info_vram_total': `${512 * 1024 ** 2}\n`,
      '/sys/class/drm/card1/device/mem_info_vram_total': `${24 * gib}\n`,
      '/sys/class/drm/card1/device/product_name': 'Radeon PRO W7900\n',
    };
    const amd: MachineSource = {
      ...bare,
      list: async () => ['card0', 'card1', 'card1-DP-1', 'renderD128'],
      read: async (file) => files[file.replaceAll('\\', '/')] ?? null,
    };
    expect((await readMachine(amd)).gpus).toEqual([{ name: 'Radeon PRO W7900', memory: 24 * gib }]);
  });

  it('is one for all on Apple’s chips', async () => {
    const apple = await readMachine({ ...bare, platform: 'darwin', arch: 'arm64', run: async () => 'never asked' });
    expect(apple).toEqual({ memory: 64 * gib, gpus: [], unified: true });
  });

  it('can be read here', async () => {
    expect((await readMachine()).memory).toBeGreaterThan(0);
  });
});
