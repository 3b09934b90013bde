import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { MachineMemory } from '../../src-shared/advice.ts';

/** What is asked of the system, so that every system's answers can be tested on any. */
export interface MachineSource {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  /** Bytes of the main memory. */
  readonly total: number;
  /** Bytes that a container leaves this program; 0 where nothing limits it. */
  readonly limit: number;
  /** What a program prints; null where it is not there, fails, or takes seconds. */
  run(program: string, args: readonly string[]): Promise<string | null>;
  /** Names in a folder; none where it is not there. */
  list(folder: string): Promise<readonly string[]>;
  /** null where it can't be read. */
  read(file: string): Promise<string | null>;
}

const mebibyte = 1024 * 1024;
const graphics = '/sys/class/drm';

/** The memory of this computer and of those of its GPUs that say how much they have: NVIDIA's by nvidia-smi, AMD's by the Linux kernel. */
export async function readMachine(source: MachineSource = thisMachine()): Promise<MachineMemory> {
  const { platform, arch, total, limit } = source;
  const memory = limit > 0 ? Math.min(total, limit) : total;
  if (platform === 'darwin' && arch === 'arm64') return { memory, gpus: [], unified: true };
  const gpus = [...(await nvidia(source)), ...(platform === 'linux' ? await amd(source) : [])];
  return { memory, gpus, unified: false };
}

/** One line a GPU: "NVIDIA GeForce RTX 4090, 24564". Memory that is shared with the system is "[N/A]". */
async function nvidia({ run }: MachineSource): Promise<MachineMemory['gpus']> {
  const answer = await run('nvidia-smi', ['--query-gpu=name,memory.total', '--format=csv,noheader,nounits']);
  return (answer ?? '').split('\n').flatMap((line) => {
    const [, name, mebibytes] = /^(.+),\s*(\d+)\s*$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name: name.trim(), memory: Number(mebibytes) * mebibyte }];
  });
}

/** The amdgpu driver's own files (kernel documentation, gpu/amdgpu/driver-misc). A processor's built-in GPU has next to none of its own. */
async function amd({ list, read }: MachineSource): Promise<MachineMemory['gpus']> {
  const cards = (await list(graphics)).filter((name) => /^card\d+$/.test(name));
  const found = await Promise.all(
    cards.map(async (card) => {
      const device = join(graphics, card, 'device');
      const bytes = Number(await read(join(device, 'mem_info_vram_total')));
      const name = (await read(join(device, 'product_name')))?.trim();
      return bytes >= 2 * 1024 * mebibyte
        ? [{ name: name === undefined || name === '' ? 'AMD GPU' : name, memory: bytes }]
        : [];
    }),
  );
  return found.flat();
}

function thisMachine(): MachineSource {
  return {
    platform: process.platform,
    arch: process.arch,
    total: totalmem(),
    limit: process.constrainedMemory(),
    run: (program, args) =>
      new Promise((resolve) => {
        execFile(program, [...args], { timeout: 5_000, windowsHide: true }, (error, output) =>
          resolve(error === null ? output : null),
        );
      }),
    list: (folder) => readdir(folder).catch(() => []),
    read: (file) => readFile(file, 'utf8').catch(() => null),
  };
}
